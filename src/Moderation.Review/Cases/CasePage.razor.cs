// How a case is read, claimed and decided; the page beside it says how that looks.
using Microsoft.AspNetCore.Components;
using Moderation.Contracts.Triage;
using Moderation.Review.Keyboard;
using Moderation.Review.Shell;
using Moderation.Review.Wire;

namespace Moderation.Review.Cases;

public sealed partial class CasePage
{
    private static readonly string[] TabNames = ["summary", "account", "history", "policy"];
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(60);
    private readonly CancellationTokenSource ended = new();
    private CaseDetail? detail;
    private PolicyShape? policy;
    private Problem? problem;
    private Problem? decideProblem;
    private Draft draft = new("");
    private IDisposable? listening;
    private string? etag;
    private string? reportId;
    private string tab = "summary";
    private bool deciding;
    private bool submitting;
    private bool warned;
    private DateTimeOffset lastHeartbeat;

    [Parameter]
    public string Id { get; set; } = "";

    [SupplyParameterFromQuery(Name = "tab")]
    public string? Tab { get; set; }

    private bool Open => detail?.Row.Status == "open";

    private CaseReport? ShownReport =>
        detail?.Reports.FirstOrDefault(r => r.Id == reportId)
        ?? detail?.Reports.FirstOrDefault(r => r.Segments.Count > 0)
        ?? (detail is { Reports: [var first, ..] } ? first : null);

    private string ClaimWords =>
        detail?.Row.Claim switch
        {
            null => "free",
            { Mine: true } mine => $"yours, {Zone.Countdown(mine.LeaseExpiresAt - Zone.Now)} left",
            { } theirs => $"{theirs.Holder}, until {Zone.Brief(theirs.LeaseExpiresAt)}",
        };

    protected override void OnInitialized()
    {
        listening = KeyListener.Listen(Keys.Case, OnKeyAsync);
        Zone.Changed += Refresh;
        Desk.Changed += Refresh;
        _ = PollAsync();
        _ = TickAsync();
    }

    protected override async Task OnParametersSetAsync()
    {
        tab = TabNames.Contains(Tab) ? Tab! : "summary";
        if (draft.CaseId == Id)
            return;
        detail = null;
        problem = null;
        reportId = null;
        deciding = false;
        draft = Drafts.Of(Id);
        await ReadAsync();
        policy ??= (await Api.PolicyAsync()).Value;
    }

    private async Task ReadAsync()
    {
        var asked = Id;
        var answer = await Api.CaseAsync(asked);
        if (asked != Id || ended.IsCancellationRequested)
            return;
        if (answer.Value is { } read)
        {
            if (detail?.Row.Claim is { Mine: true } && read.Row is { Status: "open", Claim: not { Mine: true } })
                Notices.Bad(Texts.ClaimLostTitle, Texts.ClaimLostDetail);
            detail = read;
            etag = answer.ETag ?? $"\"{read.Row.Version}\"";
            problem = null;
        }
        else if (detail is null)
            problem = answer.Problem;
        StateHasChanged();
    }

    private async Task PollAsync()
    {
        using var timer = new PeriodicTimer(Poll, Clock);
        try
        {
            while (await timer.WaitForNextTickAsync(ended.Token))
                if (!submitting && await HasChangedAsync())
                    await ReadAsync();
        }
        catch (OperationCanceledException)
        {
            // The page was left.
        }
    }

    /// <summary>
    /// Looks at the row in the queue's list: reading the case itself is a view, and every view is on record, so the page
    /// does it only when there is something new to see.
    /// </summary>
    private async Task<bool> HasChangedAsync()
    {
        if (detail is null)
            return problem is { IsUnreachable: true };
        if (!Open)
            return (detail.Row.Status == "grace" && detail.Decisions is [.., var last] && last.ReleaseAt < Zone.Now)
                || detail.Enforcements.Any(e => e.EndedAt is null && e.Until < Zone.Now);
        var list = await Api.CasesAsync(Api.DefaultQueue, null, Api.MostRows);
        if (list.Value is not { } page || detail is null)
            return false;
        var row = page.Items.FirstOrDefault(r => r.Id == Id);
        if (row is null)
            return page.Next is null;
        var (now, shown) = (row with { Claim = null }, detail.Row with { Claim = null });
        return now != shown || row.Claim?.Id != detail.Row.Claim?.Id;
    }

    private async Task TickAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), Clock);
        try
        {
            while (await timer.WaitForNextTickAsync(ended.Token))
            {
                await KeepClaimAsync();
                StateHasChanged();
            }
        }
        catch (OperationCanceledException)
        {
            // The page was left.
        }
    }

    /// <summary>Extends the lease once a minute while there is real input; says so two minutes before it ends.</summary>
    private async Task KeepClaimAsync()
    {
        if (detail?.Row.Claim is not { Mine: true } claim)
            return;
        if (Zone.Now - lastHeartbeat >= Heartbeat && await Page.SecondsSinceInputAsync() < 60)
        {
            lastHeartbeat = Zone.Now;
            if ((await Api.HeartbeatAsync(claim)).Value is { } extended && detail is not null)
                detail = detail with { Row = detail.Row with { Claim = extended } };
            warned = false;
        }
        if (warned || claim.LeaseExpiresAt - Zone.Now > TimeSpan.FromMinutes(2))
            return;
        warned = true;
        Notices.Bad(Texts.ClaimEnds, Texts.ClaimEndsDetail);
    }

    private async Task OnKeyAsync(string id, bool down)
    {
        if (!down)
            return;
        switch (id)
        {
            case "case.tab.1" or "case.tab.2" or "case.tab.3" or "case.tab.4":
                GoToTab(TabNames[id[^1] - '1']);
                break;
            case "case.claim":
                await ClaimAsync();
                break;
            case "case.release":
                await ReleaseAsync();
                break;
            case "case.decide":
                Decide(false);
                break;
            case "case.decide-unseen":
                Decide(true);
                break;
            case "case.integrity":
                await Page.ToggleAsync("#integrity-panel");
                break;
            case "case.player":
                await Page.FocusAsync("[data-scope='player']");
                break;
            case "case.back":
                Navigation.NavigateTo($"queue?case={Id}");
                return;
            case "case.next":
                await NextAsync();
                return;
        }
        StateHasChanged();
    }

    private void GoToTab(string name) =>
        Navigation.NavigateTo(Navigation.GetUriWithQueryParameter("tab", name), replace: true);

    private async Task LeavePlayerAsync() => await Page.FocusAsync("h1");

    private void Cite(CitationShape citation)
    {
        draft.Citations.Add(citation);
        draft.Touch();
    }

    private async Task ClaimAsync()
    {
        // The key is pressed again by habit; what is held already needs no answer.
        if (!Desk.MayDecide || !Open || detail?.Row.Claim is { Mine: true })
            return;
        var answer = await Api.ClaimAsync(Id);
        warned = false;
        if (answer.Problem is { } refused)
            Notices.Bad(refused.Title, $"{refused.Detail} ({refused.Code})");
        else
            Notices.Say(Texts.Claimed(detail!.Row.Reference));
        await ReadAsync();
    }

    private async Task ReleaseAsync()
    {
        if (detail?.Row.Claim is not { Mine: true } claim)
            return;
        var answer = await Api.ReleaseAsync(claim);
        if (answer.Problem is { } refused)
            Notices.Bad(refused.Title, $"{refused.Detail} ({refused.Code})");
        else
        {
            detail = detail with { Row = detail.Row with { Claim = null } };
            Notices.Say(Texts.ClaimReleased);
        }
        await ReadAsync();
    }

    private void Decide(bool unseen)
    {
        if (!Desk.MayDecide || !Open)
            return;
        if (detail?.Row.Claim is not { Mine: true })
        {
            Notices.Bad(Texts.ClaimNeeded);
            return;
        }
        if (unseen)
            draft.WithoutViewing = true;
        decideProblem = null;
        deciding = true;
    }

    private async Task SubmitAsync()
    {
        if (detail?.Row.Claim is not { Mine: true } claim || etag is null || submitting)
            return;
        submitting = true;
        var answer = await Api.DecideAsync(draft.ToRequest(), claim, etag, draft.IdempotencyKey);
        submitting = false;
        if (answer.Value is { } decision)
        {
            deciding = false;
            Drafts.Drop(Id);
            draft = Drafts.Of(Id);
            Notices.Good("Decided", DecisionTexts.Summary(decision));
            await ReadAsync();
            return;
        }
        decideProblem = answer.Problem;
        if (answer.Problem is { Status: 412 or 409 })
        {
            draft.Touch();
            await ReadAsync();
        }
    }

    private async Task NextAsync()
    {
        if (!Desk.MayDecide)
            return;
        var answer = await Api.NextAsync(Api.DefaultQueue);
        if (answer.Value is { } next)
            Navigation.NavigateTo($"cases/{next.CaseId}");
        else if (answer.Problem is { Code: "queue.empty" })
        {
            Notices.Good(Texts.QueueEmptyTitle, Texts.QueueEmptyNext);
            Navigation.NavigateTo("queue");
        }
        else if (answer.Problem is { } refused)
            Notices.Bad(refused.Title, $"{refused.Detail} ({refused.Code})");
    }

    private void Refresh() => _ = InvokeAsync(StateHasChanged);

    public void Dispose()
    {
        ended.Cancel();
        ended.Dispose();
        listening?.Dispose();
        Zone.Changed -= Refresh;
        Desk.Changed -= Refresh;
    }
}

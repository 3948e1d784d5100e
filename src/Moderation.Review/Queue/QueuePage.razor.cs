// How the queue is read, compared and walked; the page beside it says how that looks.
using Microsoft.AspNetCore.Components;
using Moderation.Contracts.Triage;
using Moderation.Review.Keyboard;
using Moderation.Review.Shell;
using Moderation.Review.Wire;

namespace Moderation.Review.Queue;

public sealed partial class QueuePage
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan PreviewPause = TimeSpan.FromMilliseconds(200);
    private readonly CancellationTokenSource ended = new();
    private readonly HashSet<string> gone = [];
    private readonly List<string?> before = [];
    private List<CaseRow>? rows;
    private List<CaseRow> arrived = [];
    private List<CaseRow> newest = [];
    private QueueShape? queue;
    private Problem? problem;
    private CaseDetail? detail;
    private IDisposable? listening;
    private string? next;
    private string? loadedAfter;
    private int cursor;
    private long minute;
    private bool loaded;

    [SupplyParameterFromQuery(Name = "cursor")]
    public string? After { get; set; }

    [SupplyParameterFromQuery(Name = "case")]
    public string? CaseId { get; set; }

    private CaseRow? Current => rows is { Count: > 0 } && cursor < rows.Count ? rows[cursor] : null;

    protected override void OnInitialized()
    {
        listening = KeyListener.Listen(Keys.Queue, OnKeyAsync);
        Zone.Changed += Refresh;
        Page.Changed += Refresh;
        _ = PollAsync();
    }

    protected override async Task OnParametersSetAsync()
    {
        // Selecting a row writes it into the address as well; only another page of the list is a reason to read again.
        if (!loaded || loadedAfter != After)
            await LoadAsync();
    }

    private async Task LoadAsync()
    {
        loaded = true;
        loadedAfter = After;
        await ReadQueueAsync();
        var answer = await Api.CasesAsync(Api.DefaultQueue, After);
        problem = answer.Problem;
        if (answer.Value is not { } page)
            return;
        TakePage(page, CaseId);
    }

    private void TakePage(Page<CaseRow> page, string? keep)
    {
        var hadNone = rows is not { Count: > 0 };
        rows = [.. page.Items];
        next = page.Next;
        arrived = [];
        newest = [];
        gone.Clear();
        cursor = Math.Max(0, rows.FindIndex(r => r.Id == keep));
        minute = Clock.GetUtcNow().ToUnixTimeSeconds() / 10;
        _ = PreviewAsync();
        if (hadNone && rows.Count > 0)
            _ = FocusRowAsync();
    }

    private async Task ReadQueueAsync()
    {
        if ((await Api.QueuesAsync()).Value is { } queues)
            queue = queues.FirstOrDefault(q => q.Id == Api.DefaultQueue) ?? queues.FirstOrDefault();
    }

    private async Task PollAsync()
    {
        using var timer = new PeriodicTimer(Poll, Clock);
        try
        {
            while (await timer.WaitForNextTickAsync(ended.Token))
                await LookAgainAsync();
        }
        catch (OperationCanceledException)
        {
            // The page was left.
        }
    }

    private async Task LookAgainAsync()
    {
        await ReadQueueAsync();
        var asked = After;
        var answer = await Api.CasesAsync(Api.DefaultQueue, asked);
        if (ended.IsCancellationRequested || asked != After)
            return;
        if (answer.Value is { } page)
        {
            problem = null;
            if (rows is not { Count: > 0 })
                TakePage(page, CaseId);
            else
                Compare(page);
        }
        else if (rows is null)
        {
            problem = answer.Problem;
        }
        minute = Clock.GetUtcNow().ToUnixTimeSeconds() / 10;
        StateHasChanged();
    }

    /// <summary>Brings the rows that are shown up to date in their places; what is new waits behind the bar.</summary>
    private void Compare(Page<CaseRow> page)
    {
        var found = page.Items.ToDictionary(r => r.Id);
        for (var i = 0; i < rows!.Count; i++)
            if (found.TryGetValue(rows[i].Id, out var now))
            {
                if (now.Version != rows[i].Version && i == cursor)
                    _ = PreviewAsync();
                rows[i] = now;
                gone.Remove(now.Id);
            }
            // A full page may only have been pushed on by arrivals; a page that is not full would still hold it.
            else if (page.Next is null)
                gone.Add(rows[i].Id);
        var shown = rows.Select(r => r.Id).ToHashSet();
        var before = arrived.Count;
        newest = [.. page.Items];
        arrived = [.. page.Items.Where(r => !shown.Contains(r.Id))];
        if (rows.Count >= page.Items.Count && page.Next is not null)
            next = page.Next;
        if (arrived.Count > before)
            Notices.Say(Texts.NewArrivals(arrived.Count));
    }

    private async Task TakeInAsync()
    {
        var keep = Current?.Id;
        var answer = await Api.CasesAsync(Api.DefaultQueue, After);
        if (answer.Value is { } page)
            TakePage(page, keep);
        await FocusRowAsync();
    }

    private async Task PreviewAsync()
    {
        if (Current is not { } row)
        {
            detail = null;
            return;
        }
        if (detail?.Row.Id != row.Id)
            detail = null;
        // Walking through the list with a held key must neither read every case on the way nor route for every row.
        await Task.Delay(PreviewPause, Clock);
        if (Current?.Id != row.Id || ended.IsCancellationRequested)
            return;
        if (CaseId != row.Id)
            Navigation.NavigateTo(Navigation.GetUriWithQueryParameter("case", row.Id), replace: true);
        if (!Page.Wide)
            return;
        var answer = await Api.CaseAsync(row.Id);
        if (Current?.Id == row.Id && answer.Value is { } read)
            detail = read;
        StateHasChanged();
    }

    private async Task OnKeyAsync(string id, bool down)
    {
        if (!down || rows is null)
            return;
        switch (id)
        {
            case "queue.down" when cursor == rows.Count - 1 && next is not null:
            case "queue.page-down" when next is not null:
                GoTo(next);
                return;
            case "queue.up" when cursor == 0 && After is not null:
            case "queue.page-up" when After is not null:
                GoBack();
                return;
            case "queue.down":
                Select(cursor + 1);
                break;
            case "queue.up":
                Select(cursor - 1);
                break;
            case "queue.first":
                Select(0);
                break;
            case "queue.last":
            case "queue.page-down":
                Select(rows.Count - 1);
                break;
            case "queue.page-up":
                Select(0);
                break;
            case "queue.open":
                OpenCurrent();
                return;
            case "queue.next":
                await NextAsync();
                return;
            case "queue.claim":
                await ClaimAsync();
                break;
            case "queue.release":
                await ReleaseAsync();
                break;
            case "queue.refresh":
                await TakeInAsync();
                break;
        }
        StateHasChanged();
        await FocusRowAsync();
    }

    private void Select(int index)
    {
        if (rows is not { Count: > 0 })
            return;
        cursor = Math.Clamp(index, 0, rows.Count - 1);
        _ = PreviewAsync();
    }

    private void GoTo(string? after)
    {
        if (after is null)
            before.Clear();
        else
            before.Add(After);
        Navigation.NavigateTo(after is null ? "queue" : $"queue?cursor={Uri.EscapeDataString(after)}");
    }

    private void GoBack()
    {
        var to = before.Count > 0 ? before[^1] : null;
        if (before.Count > 0)
            before.RemoveAt(before.Count - 1);
        Navigation.NavigateTo(to is null ? "queue" : $"queue?cursor={Uri.EscapeDataString(to)}");
    }

    private void OpenCurrent()
    {
        if (Current is { } row)
            Open(row.Id);
    }

    private void Open(string id) => Navigation.NavigateTo($"cases/{id}");

    private async Task NextAsync()
    {
        if (!Desk.MayDecide)
            return;
        var answer = await Api.NextAsync(Api.DefaultQueue);
        if (answer.Value is { } claim)
            Open(claim.CaseId);
        else if (answer.Problem is { Code: "queue.empty" })
            Notices.Say(Texts.QueueEmptyNext);
        else if (answer.Problem is { } refused)
            Notices.Bad(refused.Title, $"{refused.Detail} ({refused.Code})");
    }

    private async Task ClaimAsync()
    {
        // The key is pressed again by habit; what is held already needs no answer.
        if (Current is not { } row || !Desk.MayDecide || row.Claim is { Mine: true })
            return;
        var answer = await Api.ClaimAsync(row.Id);
        if (answer.Value is { } claim)
        {
            rows![cursor] = row with { Claim = claim };
            Notices.Say(Texts.Claimed(row.Reference));
        }
        else if (answer.Problem is { } refused)
        {
            Notices.Bad(refused.Title, $"{refused.Detail} ({refused.Code})");
        }
        await LookAgainAsync();
    }

    private async Task ReleaseAsync()
    {
        if (Current is not { Claim: { Mine: true } claim } row)
            return;
        var answer = await Api.ReleaseAsync(claim);
        if (answer.Problem is { } refused)
            Notices.Bad(refused.Title, $"{refused.Detail} ({refused.Code})");
        else
        {
            rows![cursor] = row with { Claim = null };
            Notices.Say(Texts.ClaimReleased);
        }
        await LookAgainAsync();
    }

    private async Task FocusRowAsync()
    {
        await Task.Yield();
        await Page.FocusAsync("tr[aria-selected='true']");
    }

    private void Refresh() => _ = InvokeAsync(StateHasChanged);

    public void Dispose()
    {
        ended.Cancel();
        ended.Dispose();
        listening?.Dispose();
        Zone.Changed -= Refresh;
        Page.Changed -= Refresh;
    }
}

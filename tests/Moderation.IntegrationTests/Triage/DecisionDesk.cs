// What tests of decisions do again and again: decide, look a second time, let time pass, read what left.
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Moderation.Contracts.Triage;
using Moderation.Data;
using Moderation.Domain.Cases;
using Moderation.Features.Triage;

namespace Moderation.IntegrationTests.Triage;

/// <summary>A server on which a decision can be undone for half a minute.</summary>
public sealed class GraceApp : App
{
    public GraceApp(Moderation.Tests.PostgresCluster cluster)
        : base(cluster)
    {
        Settings["Policy:GraceSeconds"] = "30";
        // Whoever tests appeals holds many cases.
        Settings["Limits:PerCredential"] = "100000";
    }
}

public static class DecisionDesk
{
    /// <summary>A ban, which somebody else has to look at first.</summary>
    public static Dictionary<string, object?> Ban(SeededCase seeded)
    {
        var body = TriageData.Suspend(seeded);
        (body["clause"], body["severity"], body["action"]) = ("terror.content", "S0", "ban");
        body.Remove("duration_seconds");
        body["decided_without_viewing"] = true;
        return body;
    }

    public static Dictionary<string, object?> Unseen(this Dictionary<string, object?> body)
    {
        body["decided_without_viewing"] = true;
        return body;
    }

    /// <summary>Claims the case and decides it.</summary>
    public static async Task<DecisionShape> DecideAsync(this App app, StaffLogin who, SeededCase seeded, object body)
    {
        var claim = await who.ClaimedAsync(seeded.Id);
        var version = await app.InDbAsync(db =>
            db.Cases.Where(c => c.Id == seeded.Id).Select(c => c.Version).SingleAsync()
        );
        using var answer = await who.Http.SendAsync(TriageData.Decision(seeded, claim, body, version: version));
        return await answer.ShouldBeAsync<DecisionShape>(201);
    }

    public static async Task<Domain.Cases.Review> ReviewOfAsync(
        this App app,
        SeededCase seeded,
        ReviewKind kind = ReviewKind.SecondLook
    ) =>
        await app.InDbAsync(db =>
            db.Reviews.AsNoTracking()
                .Where(r => r.CaseId == seeded.Id && r.Kind == kind)
                .OrderByDescending(r => r.CreatedAt)
                .FirstAsync()
        );

    public static Task<HttpResponseMessage> ClaimReviewAsync(this StaffLogin who, ReviewId id) =>
        who.Http.PostAsync($"/v1/reviews/{id}:claim", null);

    /// <summary>Claims the review and hands in one's own decision.</summary>
    public static async Task<HttpResponseMessage> LookAsync(this StaffLogin who, ReviewId id, object body)
    {
        using var claimed = await who.ClaimReviewAsync(id);
        var claim = await claimed.ShouldBeAsync<ClaimShape>(200);
        return await who.Http.SendAsync(Under(claim, $"/v1/reviews/{id}:submit", body));
    }

    public static HttpRequestMessage Under(ClaimShape claim, string path, object body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        request.Headers.Add("Idempotency-Key", RandomNumberGenerator.GetHexString(16));
        request.Headers.Add("Moderation-Claim", $"{claim.Id};fence={claim.Fence}");
        return request;
    }

    /// <summary>As if the time to undo had passed, and the worker had come by.</summary>
    public static async Task LetGoAsync(this App app, SeededCase seeded)
    {
        await app.InDbAsync(db =>
            db.Database.ExecuteSqlAsync(
                $"update decisions set release_at = now() - interval '1 second' where case_id = {seeded.Id.Value} and state = 'Grace'"
            )
        );
        await app.InDbAsync(db =>
            db.Database.ExecuteSqlAsync(
                $"update appeals set release_at = now() - interval '1 second' where case_id = {seeded.Id.Value} and state = 'Grace'"
            )
        );
        await app.DoAsync<ReleaseDecisions.Due>(due => due.RunAsync(default));
        await app.DoAsync<DueAppeals>(due => due.RunAsync(default));
        // The server's own worker may have been faster, and may be at it just now.
        for (var wait = 0; wait < 100; wait++)
        {
            if (
                !await app.InDbAsync(db =>
                    db.Decisions.AnyAsync(d => d.CaseId == seeded.Id && d.State == DecisionState.Grace)
                )
                && !await app.InDbAsync(db =>
                    db.Appeals.AnyAsync(a => a.CaseId == seeded.Id && a.State == AppealState.Grace)
                )
            )
                return;
            await Task.Delay(50);
        }
    }

    public static async Task DoAsync<T>(this App app, Func<T, Task> act)
        where T : notnull
    {
        await using var scope = app.Services.CreateAsyncScope();
        await act(scope.ServiceProvider.GetRequiredService<T>());
    }

    /// <summary>Kinds of what went out about the account, in order.</summary>
    public static Task<List<string>> LeftAsync(this App app, SeededCase seeded) =>
        app.InDbAsync(db =>
            db.Events.Where(e => e.AccountId == seeded.Account.Value)
                .OrderBy(e => e.AccountVersion)
                .Select(e => e.Kind)
                .ToListAsync()
        );

    public static async Task<CaseStatus> StatusAsync(this App app, SeededCase seeded) =>
        await app.InDbAsync(db => db.Cases.Where(c => c.Id == seeded.Id).Select(c => c.Status).SingleAsync());

    public static async Task<T> EventAsync<T>(this App app, SeededCase seeded, string kind)
    {
        var line = await app.InDbAsync(db =>
            db.Events.Where(e => e.AccountId == seeded.Account.Value && e.Kind == kind)
                .OrderByDescending(e => e.AccountVersion)
                .FirstAsync()
        );
        return JsonSerializer.Deserialize<T>(line.Payload, ModerationDb.Json)!;
    }

    /// <summary>A further case about the same account; the earlier one is closed.</summary>
    public static async Task<SeededCase> AgainAsync(this App app, SeededCase first, Severity severity = Severity.S2)
    {
        var next = await app.CaseAsync(severity: severity);
        await app.InDbAsync(db =>
            db.Database.ExecuteSqlAsync($"update cases set subject_id = {first.Subject} where id = {next.Id.Value}")
        );
        return next with { Account = first.Account, Subject = first.Subject };
    }
}

// Rows for triage tests, written straight into the database: accounts, meetings, reports with segments, cases.
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Opening;
using Moderation.Contracts.Triage;
using Moderation.Data;
using Moderation.Domain.Accounts;
using Moderation.Domain.Cases;
using Moderation.Domain.Meetings;
using Moderation.Domain.Reports;
using Case = Moderation.Domain.Cases.Case;

namespace Moderation.IntegrationTests.Triage;

/// <summary>A case with one report of three stored segments, each four seconds long.</summary>
public sealed record SeededCase(CaseId Id, AccountId Account, ReportId Report, Guid Subject);

public static class TriageData
{
    private static int _references;

    public static async Task<SeededCase> CaseAsync(
        this App app,
        Lane lane = Lane.General,
        Severity severity = Severity.S2,
        SubjectKind subject = SubjectKind.Account,
        double riskShare = 0,
        DateTimeOffset? openedAt = null
    )
    {
        var now = openedAt ?? app.Clock.GetUtcNow();
        var account = Account(now);
        var reporter = Account(now);
        var meeting = Meeting(now);
        var report = Report(reporter.Id, meeting, now);
        var subjectId = subject == SubjectKind.Account ? account.Id.Value : meeting.Id.Value;
        var due = now + Rank.Sla(severity);
        var terms = Rank.Terms(new RankFacts(riskShare, 0.5, 0, 0));
        var opened = new Case
        {
            Id = CaseId.New(now),
            Reference = $"TS-T-{Interlocked.Increment(ref _references):D6}",
            SubjectKind = subject,
            SubjectId = subjectId,
            Lane = lane,
            OpenedAt = now,
            Severity = severity,
            Reason = lane == Lane.ChildSafety ? 2 : 4,
            DueAt = due,
            Band = Rank.Band(severity, lane),
            RankAt = Rank.At(due, severity, terms),
            RankTerms = JsonSerializer.Serialize(terms, ModerationDb.Json),
        };
        await app.InDbAsync(async db =>
        {
            db.AddRange(account, reporter, meeting, report, opened);
            for (var index = 0; index < report.SegmentCount; index++)
                db.ReportSegments.Add(Segment(report.Id, index, now));
            db.ReportSubjects.Add(
                new ReportSubject
                {
                    ReportId = report.Id,
                    CaseId = opened.Id,
                    Pseudonym = subject == SubjectKind.Account ? RandomNumberGenerator.GetBytes(16) : [],
                }
            );
            await db.SaveChangesAsync();
        });
        return new SeededCase(opened.Id, account.Id, report.Id, subjectId);
    }

    /// <summary>As if the vault had released keys of this case to this person.</summary>
    public static Task OpenedEvidenceAsync(this App app, SeededCase seeded, StaffLogin who) =>
        app.InDbAsync(async db =>
        {
            var line = db.Say(
                SegmentsOpened.Kind,
                new SegmentsOpened(seeded.Report.ToString(), seeded.Id.ToString(), "00", 1, [0]),
                app.Clock.GetUtcNow()
            );
            (line.CaseId, line.Actor) = (seeded.Id.Value, who.Member.Id.ToString());
            await db.SaveChangesAsync();
        });

    public static Task ExpireLeasesAsync(this App app, CaseId id) =>
        app.InDbAsync(db =>
            db.Database.ExecuteSqlAsync(
                $"update claims set lease_expires_at = now() - interval '1 second' where case_id = {id.Value}"
            )
        );

    public static Task<HttpResponseMessage> ClaimAsync(this StaffLogin who, CaseId id) =>
        who.Http.PostAsJsonAsync("/v1/claims", new { case_id = id.ToString() });

    public static async Task<ClaimShape> ClaimedAsync(this StaffLogin who, CaseId id)
    {
        using var answer = await who.ClaimAsync(id);
        answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync());
        return await ReadAsync<ClaimShape>(answer);
    }

    /// <summary>A decision with everything in order, apart from what the test changes.</summary>
    public static HttpRequestMessage Decision(
        SeededCase seeded,
        ClaimShape? claim,
        object body,
        string? key = null,
        int? version = 1
    )
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/decisions") { Content = JsonContent.Create(body) };
        if (key != "")
            request.Headers.Add("Idempotency-Key", key ?? RandomNumberGenerator.GetHexString(16));
        if (version is { } seen)
            request.Headers.IfMatch.Add(new EntityTagHeaderValue($"\"{seen}\""));
        if (claim is not null)
            request.Headers.Add("Moderation-Claim", $"{claim.Id};fence={claim.Fence}");
        return request;
    }

    public static Dictionary<string, object?> Suspend(SeededCase seeded, long seconds = 3 * 86_400) =>
        new()
        {
            ["case_id"] = seeded.Id.ToString(),
            ["outcome"] = "violation",
            ["clause"] = "harassment.targeted",
            ["severity"] = "S2",
            ["action"] = "suspend",
            ["duration_seconds"] = seconds,
            ["rationale"] = "Insulted a participant again and again.",
            ["citations"] = new[]
            {
                new
                {
                    report_id = seeded.Report.ToString(),
                    segment = 1,
                    from_seconds = 0.5,
                    to_seconds = 3.0,
                },
            },
            ["decided_without_viewing"] = false,
        };

    public static Dictionary<string, object?> NoViolation(SeededCase seeded) =>
        new()
        {
            ["case_id"] = seeded.Id.ToString(),
            ["outcome"] = "no_violation",
            ["action"] = "none",
            ["rationale"] = "Nothing was broken.",
            ["decided_without_viewing"] = true,
        };

    public static async Task<T> ReadAsync<T>(HttpResponseMessage answer) =>
        JsonSerializer.Deserialize<T>(await answer.Content.ReadAsStringAsync(), ModerationDb.Json)!;

    public static async Task<string?> CodeOfAsync(HttpResponseMessage answer) =>
        JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("code").GetString();

    private static Account Account(DateTimeOffset now)
    {
        var id = AccountId.New(now);
        return new Account
        {
            Id = id,
            ExternalId = $"ext-{id}",
            FirstSeenAt = now,
        };
    }

    private static Meeting Meeting(DateTimeOffset now)
    {
        var id = MeetingId.New(now);
        return new Meeting
        {
            Id = id,
            ExternalId = $"ext-{id}",
            MeetingUuid = RandomNumberGenerator.GetBytes(16),
            Epoch = now,
            EndToEndEncrypted = true,
        };
    }

    private static Report Report(AccountId reporter, Meeting meeting, DateTimeOffset now)
    {
        var report = new Report
        {
            Id = ReportId.New(now),
            ContentId = RandomNumberGenerator.GetBytes(32),
            DeviceKid = RandomNumberGenerator.GetBytes(32),
            ReporterId = reporter,
            MeetingId = meeting.Id,
            Reporter = RandomNumberGenerator.GetBytes(16),
            Reason = 4,
            HeadPart = [1],
            SegmentCount = 3,
            Counter = 1,
            WindowStartMs = 0,
            WindowEndMs = 12_000,
            FiledAt = now,
        };
        report.Make(ReportMove.Complete);
        return report;
    }

    private static ReportSegment Segment(ReportId report, int index, DateTimeOffset now) =>
        new()
        {
            ReportId = report,
            Index = index,
            Kind = 2,
            Participant = RandomNumberGenerator.GetBytes(16),
            Stream = 1,
            StartMs = index * 4_000,
            DurationMs = 4_000,
            Content = 1,
            CiphertextLength = 100,
            CiphertextHash = RandomNumberGenerator.GetBytes(32),
            StoredAt = now,
        };
}

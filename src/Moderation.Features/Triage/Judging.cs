// Judges a decision against its case: recommendation and deviation, citations, evidence seen, second look, time to undo (triage.md 8).
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Opening;
using Moderation.Contracts.Triage;
using Moderation.Data;
using Moderation.Domain;
using Moderation.Domain.Accounts;
using Moderation.Domain.Cases;
using Moderation.Domain.Labels;
using Moderation.Domain.Reports;
using Moderation.Domain.Staff;
using Moderation.Features.Http;
using Moderation.Features.Triage.Policy;

namespace Moderation.Features.Triage;

/// <summary>A citation as it is stored: with the digest of the sealed bytes, which identifies them when they are gone.</summary>
public sealed record StoredCitation(
    string ReportId,
    int Segment,
    double? FromSeconds,
    double? ToSeconds,
    string Digest
);

/// <summary>What is done, as it is stored beside the action's code.</summary>
internal sealed record StoredParameters(IReadOnlyList<string>? Measures, string? Scope, long? DurationSeconds);

/// <summary>A decision that may be made, with all that follows from it.</summary>
public sealed class Judgement
{
    public required DecisionRequest Request { get; init; }
    public required JudgedDecision Judged { get; init; }
    public Recommendation? Recommendation { get; init; }
    public required IReadOnlyList<StoredCitation> Citations { get; init; }
    public required bool EvidenceOpened { get; init; }
    public required IReadOnlyList<string> SecondLook { get; init; }
    public required int GraceSeconds { get; init; }
    public required string PolicyVersion { get; init; }

    public Decision DecisionOf(Case about, int version, StaffId by, DateTimeOffset now, DecisionId? replaces = null) =>
        new()
        {
            Id = DecisionId.New(now),
            CaseId = about.Id,
            CaseVersion = version,
            Outcome = Judged.Outcome,
            Clause = Judged.Clause?.Code,
            PolicyVersion = PolicyVersion,
            Severity = Judged.Severity,
            Action = Request.Action,
            RecommendedAction = Recommendation?.Step.Action ?? "none",
            ActionParameters = Request.Action is "friction" or "suspend" or "ban"
                ? JsonSerializer.Serialize(
                    new StoredParameters(Request.Measures, Request.Scope, Request.DurationSeconds),
                    ModerationDb.Json
                )
                : null,
            Also = [.. Judged.Also],
            Derivation = Recommendation is null
                ? null
                : JsonSerializer.Serialize(CaseDetails.ShapeOf(Recommendation), ModerationDb.Json),
            DeviationCode = Request.DeviationCode,
            DeviationReason = Request.DeviationReason,
            PointsBefore = Recommendation?.ActivePoints ?? 0,
            Rationale = Request.Rationale,
            Citations = JsonSerializer.Serialize(Citations, ModerationDb.Json),
            EvidenceOpened = EvidenceOpened,
            DecidedBy = by,
            DecidedAt = now,
            DuplicateOf = CaseId.TryParse(Request.DuplicateOf, null, out var duplicate) ? duplicate : null,
            Replaces = replaces,
            GraceSeconds = GraceSeconds,
        };
}

public sealed class Judging(ModerationDb db, DecisionRules rules, PolicyDocument policy, GraceRules grace)
{
    /// <summary>Runs under the case's lock, so that what it reads holds when the decision is written.</summary>
    /// <param name="leave">A decision whose points are not counted, since this one takes its place.</param>
    /// <param name="settled">It was judged before and stands; only what follows from it is worked out anew.</param>
    public async Task<Outcome<Judgement>> JudgeAsync(
        DecisionRequest request,
        Case about,
        StaffId by,
        DateTimeOffset now,
        CancellationToken ct,
        DecisionId? leave = null,
        bool settled = false
    )
    {
        var judged = rules.Judge(request);
        if (judged.Refusal is { } unfit)
            return unfit;
        AccountId? account = about.SubjectKind == SubjectKind.Account ? new AccountId(about.SubjectId) : null;
        if (account is null && (judged.Value.Sanction is not null || judged.Value.Also.Contains("end_sessions")))
            return DecisionRefusals.SubjectNotAccount;

        var citations = await ResolveAsync(request, about.Id, ct);
        if (citations is null)
            return DecisionRefusals.CitationUnresolved;
        if (judged.Value.NeedsCitation && citations.Count == 0)
            return DecisionRefusals.CitationMissing;
        var opened = await db.Events.AnyAsync(
            e => e.CaseId == about.Id.Value && e.Kind == SegmentsOpened.Kind && e.Actor == by.ToString(),
            ct
        );
        if (!settled && !opened && !request.DecidedWithoutViewing && await HasEvidenceAsync(about.Id, ct))
            return DecisionRefusals.EvidenceNotOpened;

        Recommendation? recommended = null;
        var stepsUp = 0;
        if (judged.Value is { Clause: { } clause, Severity: { } severity } && account is { } subject)
        {
            recommended = await RecommendAsync(clause, severity, subject, now, leave, ct);
            stepsUp = policy.IndexOf(request.Action, request.DurationSeconds) - policy.IndexOf(recommended.Step);
            if (!settled && Deviates(request, recommended.Step) && Deviation(request) is { } unexplained)
                return unexplained;
        }
        var secondLook = SecondReview.ReasonsFor(
            new SecondReviewFacts(
                about.Lane,
                request.Action,
                judged.Value.Length,
                judged.Value.Also,
                stepsUp,
                account is { } guarded && await IsProtectedAsync(guarded, now, ct)
            )
        );
        if (request.Interim is { } interim && !Fits(interim, judged.Value.Severity, secondLook.Count > 0, account))
            return DecisionRefusals.InterimUnfit;
        var seconds = grace.For(about.Lane, request.GraceSeconds);
        if (seconds.Refusal is { } impatient)
            return impatient;
        return new Judgement
        {
            Request = request,
            Judged = judged.Value,
            Recommendation = recommended,
            Citations = citations,
            EvidenceOpened = opened,
            SecondLook = secondLook,
            GraceSeconds = seconds.Value,
            PolicyVersion = policy.Version,
        };
    }

    /// <summary>What the policy recommends for this account now, with its derivation.</summary>
    public async Task<Recommendation> RecommendAsync(
        Clause clause,
        Severity severity,
        AccountId account,
        DateTimeOffset now,
        DecisionId? leave,
        CancellationToken ct
    )
    {
        var active = await db
            .Strikes.Where(s => s.AccountId == account && s.State == Domain.Enforcements.StrikeState.Active)
            .Where(s => s.ExpiresAt == null || s.ExpiresAt > now)
            .Where(s => leave == null || s.DecisionId != leave)
            .SumAsync(s => s.Points, ct);
        return policy.Recommend(clause, severity, active, await CleanMeetingsAsync(account, ct));
    }

    // A meeting in which somebody reported the account and did not take it back is not clean; what a senior found invalid is.
    private Task<int> CleanMeetingsAsync(AccountId account, CancellationToken ct) =>
        db
            .Participants.Where(p => p.AccountId == account)
            .Where(p =>
                !db.ReportSubjects.Any(s =>
                    s.Pseudonym == p.Pseudonym
                    && s.Disposition != ReportDisposition.Withdrawn
                    && s.Disposition != ReportDisposition.Invalid
                    && db.Reports.Any(r => r.Id == s.ReportId && r.MeetingId == p.MeetingId)
                )
            )
            .Select(p => p.MeetingId)
            .Distinct()
            .CountAsync(ct);

    private static bool Deviates(DecisionRequest request, LadderStep step) =>
        request.Action != step.Action
        || (request.Action is "friction" or "suspend" && request.DurationSeconds != step.Days * 86_400L);

    private Refusal? Deviation(DecisionRequest request)
    {
        if (request.DeviationCode is not { } code || string.IsNullOrWhiteSpace(request.DeviationReason))
            return DecisionRefusals.DeviationMissing;
        return policy.KnowsDeviation(code) ? null : DecisionRefusals.DeviationUnknown;
    }

    private static bool Fits(InterimShape interim, Severity? severity, bool secondLook, AccountId? account) =>
        secondLook
        && account is not null
        && severity is Severity.S0 or Severity.S1
        && interim switch
        {
            { Action: "suspend", DurationSeconds: { } seconds } => seconds > 0
                && seconds <= DecisionLimits.LongestInterim.TotalSeconds,
            { Action: "end_sessions", DurationSeconds: null } => true,
            _ => false,
        };

    private Task<bool> IsProtectedAsync(AccountId account, DateTimeOffset now, CancellationToken ct)
    {
        var subject = account.ToString();
        return db.Labels.AnyAsync(
            l =>
                l.Subject == subject
                && l.Code == Label.Protected
                && l.RemovedAt == null
                && l.StartsAt <= now
                && l.EndsAt > now,
            ct
        );
    }

    private Task<bool> HasEvidenceAsync(CaseId id, CancellationToken ct) =>
        db.ReportSubjects.AnyAsync(s => s.CaseId == id && db.ReportSegments.Any(x => x.ReportId == s.ReportId), ct);

    // Null when one of them points at nothing.
    private async Task<List<StoredCitation>?> ResolveAsync(DecisionRequest request, CaseId id, CancellationToken ct)
    {
        List<StoredCitation> resolved = [];
        foreach (var citation in request.Citations ?? [])
        {
            ReportId.TryParse(citation.ReportId, null, out var report);
            var segment = await db
                .ReportSegments.AsNoTracking()
                .Where(s => s.ReportId == report && s.Index == citation.Segment)
                .Where(s => db.ReportSubjects.Any(x => x.ReportId == report && x.CaseId == id))
                .SingleOrDefaultAsync(ct);
            if (segment is null || !LiesWithin(citation, segment))
                return null;
            resolved.Add(
                new StoredCitation(
                    citation.ReportId,
                    citation.Segment,
                    citation.FromSeconds,
                    citation.ToSeconds,
                    Bytes.ToText(segment.CiphertextHash)
                )
            );
        }
        return resolved;
    }

    private static bool LiesWithin(CitationShape citation, ReportSegment segment)
    {
        var from = citation.FromSeconds ?? 0;
        var to = citation.ToSeconds ?? from;
        // Rounded, since a time in seconds that came from milliseconds may not come back to the very same number.
        return from >= 0 && to >= from && Math.Round(to * 1_000) <= segment.DurationMs;
    }
}

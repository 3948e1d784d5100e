// Reads second looks for a person: what waits, whether they may take it, and the two decisions once they may see both.
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Opening;
using Moderation.Contracts.Triage;
using Moderation.Data;
using Moderation.Domain.Cases;
using Moderation.Domain.Reports;

namespace Moderation.Features.Triage;

internal static class ReviewRows
{
    /// <summary>What is true of this person for this review; nothing of it depends on what was decided.</summary>
    public static async Task<ReviewFact> FactsAsync(ModerationDb db, Review review, Viewer me, CancellationToken ct)
    {
        var first = await db
            .Decisions.Where(d => d.Id == review.DecisionId)
            .Select(d => new { d.DecidedBy, d.DecidedAt })
            .SingleAsync(ct);
        // Staff have no accounts on the platform that the product knows of, so nobody is reporter or subject here.
        var facts = ReviewFact.NotParty;
        if (first.DecidedBy != me.Id)
            facts |= ReviewFact.NotDecider;
        if (me.Senior)
            facts |= ReviewFact.BySenior;
        if (first.DecidedBy != me.Id && review.ReviewerId != me.Id)
            facts |= ReviewFact.ByNeither;
        if (review.ReviewerId == me.Id)
            facts |= ReviewFact.IsReviewer;
        // Whoever had it before their lease ran out was blind all the time, and is not asked for blindness for a knock-on.
        if (
            review.Kind == ReviewKind.KnockOn
            || review.ReviewerId == me.Id
            || !await SeenSinceAsync(db, review.CaseId, me, first.DecidedAt, ct)
        )
            facts |= ReviewFact.NotSeenSince;
        return facts;
    }

    private static Task<bool> SeenSinceAsync(
        ModerationDb db,
        CaseId id,
        Viewer me,
        DateTimeOffset since,
        CancellationToken ct
    )
    {
        var (about, actor) = (id.Value, me.Id.ToString());
        return db.Events.AnyAsync(
            e =>
                e.CaseId == about
                && e.Actor == actor
                && e.OccurredAt >= since
                && (e.Kind == CaseViewed.Kind || e.Kind == SegmentsOpened.Kind),
            ct
        );
    }

    public static async Task<ReviewRow> ShapeAsync(
        ModerationDb db,
        Review review,
        Case about,
        Viewer me,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var facts = await FactsAsync(db, review, me, ct);
        // Asked of the table, without moving.
        var refusal = ReviewLife.Table.Step(review.State, ReviewMove.Claim, facts).Refusal;
        return new ReviewRow(
            review.Id.ToString(),
            KindOf(review),
            about.Id.ToString(),
            about.Reference,
            Words.Of(about.Lane),
            Reason.ByNumber(about.Reason)?.Code ?? "other",
            review.CreatedAt,
            review.DueAt,
            review.IsOpen && review.DueAt < now,
            Words.Of(review.State),
            refusal?.Code
        );
    }

    // A sample looks like any second look: whoever has it does not know which it is.
    private static string KindOf(Review review) =>
        review switch
        {
            { State: ReviewState.Differs } => "adjudication",
            { Kind: ReviewKind.KnockOn } => "knock_on",
            { Kind: ReviewKind.Reversal } => "reversal",
            _ => "second_look",
        };

    /// <summary>Both decisions, for whoever has handed in their own or rules between them; else none.</summary>
    public static async Task<ReviewDetail> DetailAsync(
        ModerationDb db,
        Review review,
        Case about,
        Viewer me,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var row = await ShapeAsync(db, review, about, me, now, ct);
        var first = await db.Decisions.AsNoTracking().SingleAsync(d => d.Id == review.DecisionId, ct);
        var isParty =
            (review.ReviewerId == me.Id || first.DecidedBy == me.Id || me.Auditor) && review.SubmittedAt is not null;
        if (review.Opinion is not { } opinion || !(isParty || review.AdjudicatorId == me.Id))
            return new ReviewDetail(row, []);
        var second = JsonSerializer.Deserialize<DecisionRequest>(opinion, ModerationDb.Json)!;
        var (a, b) = review.SecondShownFirst ? ("b", "a") : ("a", "b");
        List<OpinionShape> both = [OpinionOf(a, first), OpinionOf(b, second)];
        return new ReviewDetail(
            row,
            [.. both.OrderBy(o => o.Label, StringComparer.Ordinal)],
            review.Ruling switch
            {
                "first" => a,
                "second" => b,
                var other => other,
            },
            review.RulingReason
        );
    }

    private static OpinionShape OpinionOf(string label, Decision decision)
    {
        var parameters = StoredActions.ParametersOf(decision);
        return new OpinionShape(
            label,
            Words.Of(decision.Outcome),
            decision.Clause,
            decision.Severity?.ToString(),
            decision.Action,
            parameters.Measures ?? [],
            parameters.Scope,
            parameters.DurationSeconds,
            decision.Also,
            decision.Rationale,
            JsonSerializer.Deserialize<List<CitationShape>>(decision.Citations, ModerationDb.Json) ?? []
        );
    }

    private static OpinionShape OpinionOf(string label, DecisionRequest request) =>
        new(
            label,
            request.Outcome,
            request.Clause,
            request.Severity,
            request.Action,
            request.Measures ?? [],
            request.Scope,
            request.DurationSeconds,
            request.Also ?? [],
            request.Rationale,
            request.Citations ?? []
        );
}

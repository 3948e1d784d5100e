// Reads appeals for a person: what waits, who is excluded from it, and what overturning would do.
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Triage;
using Moderation.Data;
using Moderation.Domain.Accounts;
using Moderation.Domain.Cases;
using Moderation.Domain.Enforcements;
using Moderation.Domain.Staff;

namespace Moderation.Features.Triage;

internal static class AppealRows
{
    /// <summary>The appeal with its case, both locked by the case's row; nulls when there is none for this person.</summary>
    public static async Task<(Appeal? Appeal, Case? Case)> LockAsync(
        ModerationDb db,
        AppealId id,
        Viewer? viewer,
        CancellationToken ct
    )
    {
        var caseId = await db.Appeals.Where(a => a.Id == id).Select(a => (CaseId?)a.CaseId).SingleOrDefaultAsync(ct);
        if (caseId is null || await CaseLocks.TakeAsync(db, caseId.Value, viewer, ct) is not { } about)
            return (null, null);
        return (await db.Appeals.SingleAsync(a => a.Id == id, ct), about);
    }

    public static async Task<AppealFact> FactsAsync(ModerationDb db, Appeal appeal, Viewer me, CancellationToken ct)
    {
        var facts = AppealFact.None;
        if (me.Senior)
            facts |= AppealFact.BySenior;
        if (!await IsInvolvedAsync(db, appeal, me.Id, ct))
            facts |= AppealFact.NotInvolved;
        if (appeal.HeardBy == me.Id)
            facts |= AppealFact.ByDecider;
        return facts;
    }

    // Decider, second reviewer and adjudicator; also of the decision that this one took the place of, and of an earlier appeal.
    private static async Task<bool> IsInvolvedAsync(ModerationDb db, Appeal appeal, StaffId me, CancellationToken ct)
    {
        var id = appeal.DecisionId;
        var before = await db.Decisions.Where(d => d.Id == id).Select(d => d.Replaces).SingleAsync(ct) ?? id;
        return await db.Decisions.AnyAsync(d => (d.Id == id || d.Id == before) && d.DecidedBy == me, ct)
            || await db.Reviews.AnyAsync(
                r => (r.DecisionId == id || r.DecisionId == before) && (r.ReviewerId == me || r.AdjudicatorId == me),
                ct
            )
            || await db.Appeals.AnyAsync(a => a.DecisionId == id && a.Id != appeal.Id && a.HeardBy == me, ct);
    }

    public static async Task<AppealRow> ShapeAsync(
        ModerationDb db,
        Appeal appeal,
        Case about,
        Viewer me,
        CancellationToken ct
    )
    {
        var facts = await FactsAsync(db, appeal, me, ct);
        return new AppealRow(
            appeal.Id.ToString(),
            about.Id.ToString(),
            about.Reference,
            Words.Of(about.Lane),
            Words.Of(appeal.Side),
            appeal.FiledAt,
            appeal.DueAt,
            Words.Of(appeal.State),
            AppealLife.Table.Step(appeal.State, AppealMove.Claim, facts).Refusal?.Code
        );
    }

    public static async Task<ReversalPreview> PreviewAsync(
        ModerationDb db,
        DecisionEffects effects,
        Decision decision,
        Case about,
        CancellationToken ct
    )
    {
        var strikes = await db
            .Strikes.AsNoTracking()
            .Where(s => s.DecisionId == decision.Id && s.State == StrikeState.Active)
            .ToListAsync(ct);
        var knockOns = 0;
        if (about.SubjectKind == SubjectKind.Account)
            foreach (var strike in strikes)
                knockOns += (await effects.KnockedOnAsync(strike, new AccountId(about.SubjectId), ct)).Count;
        return new ReversalPreview(
            await db.Enforcements.CountAsync(e => e.DecisionId == decision.Id && e.EndedAt == null, ct),
            strikes.Count,
            knockOns
        );
    }

    public static void Say(
        ModerationDb db,
        Appeal appeal,
        string step,
        string actor,
        DateTimeOffset now,
        AppealOutcome? outcome = null
    )
    {
        var line = db.Say(
            AppealMoved.Kind,
            new AppealMoved(
                appeal.CaseId.ToString(),
                appeal.Id.ToString(),
                step,
                outcome is { } known ? Words.Of(known) : null
            ),
            now
        );
        (line.CaseId, line.Actor) = (appeal.CaseId.Value, actor);
    }
}

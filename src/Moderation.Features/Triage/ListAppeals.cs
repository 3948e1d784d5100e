// Lists appeals and shows one with its decision and what overturning would do: GET /v1/appeals, GET /v1/appeals/{id}.
using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Triage;
using Moderation.Data;
using Moderation.Domain.Cases;
using Moderation.Domain.Reports;
using Moderation.Features.Http;
using Moderation.Features.Triage.Policy;

namespace Moderation.Features.Triage;

public static class ListAppeals
{
    private const int DefaultLimit = 50;
    private const int MostLimit = 200;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes
            .MapGet("/v1/appeals", ListAsync)
            .RequireAuthorization(Policies.SeeCases)
            .WithSummary("Appeals that wait, the most urgent first");
        routes
            .MapGet("/v1/appeals/{id}", ShowAsync)
            .RequireAuthorization(Policies.SeeCases)
            .WithSummary("One appeal with the decision it is against");
    }

    private static async Task<Results<Ok<Page<AppealRow>>, ProblemHttpResult>> ListAsync(
        ClaimsPrincipal caller,
        ModerationDb db,
        CancellationToken ct,
        int limit = DefaultLimit,
        string? cursor = null
    )
    {
        if (limit is < 1 or > MostLimit)
            return Problems.Of(400, "request.invalid", $"limit is 1 to {MostLimit}.");
        var me = Viewer.Of(caller);
        ListReviews.Cursor? after = null;
        if (cursor is not null)
        {
            if (ListReviews.Read<ListReviews.Cursor>(cursor) is not { } from || from.Reader != me.Id.ToString())
                return Problems.Of(400, "request.invalid", "The cursor belongs to another list.");
            after = from;
        }
        var (due, id) = (after?.DueAt ?? DateTimeOffset.MinValue, after?.Id ?? Guid.Empty);
        var waiting = db
            .Appeals.FromSql(
                $"""
                select *, xmin from appeals
                where state in ('Waiting', 'InProgress', 'AwaitingAppellant', 'Grace') and (due_at, id) > ({due}, {id})
                """
            )
            .AsNoTracking()
            .Join(
                db.Cases.Where(c => me.ChildSafety || c.Lane != Lane.ChildSafety),
                a => a.CaseId,
                c => c.Id,
                (a, c) => new { Appeal = a, Case = c }
            );
        var rows = await waiting
            .OrderBy(row => row.Appeal.DueAt)
            .ThenBy(row => row.Appeal.Id)
            .Take(limit + 1)
            .ToListAsync(ct);
        List<AppealRow> page = [];
        foreach (var row in rows.Take(limit))
            page.Add(await AppealRows.ShapeAsync(db, row.Appeal, row.Case, me, ct));
        var next =
            rows.Count > limit
                ? ListReviews.Write(
                    new ListReviews.Cursor(
                        rows[limit - 1].Appeal.DueAt,
                        rows[limit - 1].Appeal.Id.Value,
                        me.Id.ToString()
                    )
                )
                : null;
        return TypedResults.Ok(new Page<AppealRow>(page, next));
    }

    private static async Task<Results<Ok<AppealDetail>, ProblemHttpResult>> ShowAsync(
        AppealId id,
        ClaimsPrincipal caller,
        ModerationDb db,
        DecisionEffects effects,
        PolicyDocument policy,
        CancellationToken ct
    )
    {
        var me = Viewer.Of(caller);
        var appeal = await db.Appeals.AsNoTracking().SingleOrDefaultAsync(a => a.Id == id, ct);
        var about = appeal is null
            ? null
            : await db.Cases.AsNoTracking().SingleOrDefaultAsync(c => c.Id == appeal.CaseId, ct);
        if (appeal is null || about is null || !me.MaySee(about))
            return AppealRefusals.NotFound.ToProblem();
        var decision = await db.Decisions.AsNoTracking().SingleAsync(d => d.Id == appeal.DecisionId, ct);
        var by = await db.Staff.Where(s => s.Id == decision.DecidedBy).Select(s => s.Pseudonym).SingleAsync(ct);
        var withheld = await Blindness.DecisionsAsync(db, me.Id, me.Auditor, ct);
        return TypedResults.Ok(
            new AppealDetail(
                await AppealRows.ShapeAsync(db, appeal, about, me, ct),
                withheld.Contains(decision.Id) ? null : CaseDetails.ShapeOf(decision, by),
                appeal.Statement,
                appeal.NewMaterial,
                appeal.Question,
                appeal.Answer,
                appeal.Outcome is { } outcome ? Words.Of(outcome) : null,
                appeal.Reasons,
                await IsGoneAsync(db, decision, ct),
                policy.Version,
                decision.State == DecisionState.Released && !withheld.Contains(decision.Id)
                    ? await AppealRows.PreviewAsync(db, effects, decision, about, ct)
                    : null
            )
        );
    }

    private static async Task<bool> IsGoneAsync(ModerationDb db, Decision decision, CancellationToken ct)
    {
        var cited = (JsonSerializer.Deserialize<List<CitationShape>>(decision.Citations, ModerationDb.Json) ?? [])
            .Select(c => ReportId.TryParse(c.ReportId, null, out var report) ? report : default)
            .Distinct()
            .ToList();
        return await db.Reports.AnyAsync(r => cited.Contains(r.Id) && r.State != ReportState.Complete, ct);
    }
}

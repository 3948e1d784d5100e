// Says what the next run of retention destroys and what is kept by a hold or something under way: GET /v1/retention:preview.
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Legal;
using Moderation.Data;
using Moderation.Domain.Cases;
using Moderation.Domain.Legal;
using Moderation.Domain.Reports;
using Moderation.Features.Http;

namespace Moderation.Features.Legal;

public static class PreviewRetention
{
    private const int Most = 1_000;
    private const int Page = 500;
    private static readonly string[] Readers = ["custodian", "auditor", "admin"];

    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/v1/retention:preview", GetAsync)
            .RequireAuthorization(policy => policy.RequireRole(Readers))
            .WithSummary("What will be destroyed tonight, and what is kept although its time is over");

    private static async Task<Ok<RetentionPreview>> GetAsync(ModerationDb db, TimeProvider clock, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        List<DeletionVerdict> over = [];
        await foreach (var verdict in JudgeAllAsync(db, now, ct))
            if (verdict.DueAt <= now && over.Count < Most)
                over.Add(verdict);
        return TypedResults.Ok(
            new RetentionPreview(
                now,
                RetentionRules.Version,
                [.. over.Where(v => v.Blockers.Count == 0).Select(RowOf)],
                [.. over.Where(v => v.Blockers.Count > 0).Select(RowOf)]
            )
        );
    }

    /// <summary>Every verdict on a report that has something to destroy and no open case, page by page, oldest first.</summary>
    internal static async IAsyncEnumerable<DeletionVerdict> JudgeAllAsync(
        ModerationDb db,
        DateTimeOffset now,
        [EnumeratorCancellation] CancellationToken ct
    )
    {
        var after = Guid.Empty;
        while (true)
        {
            var ids = await db
                .Database.SqlQuery<Guid>(
                    $"""
                    select r.id as "Value" from reports r
                    where r.id > {after} and r.segment_count > 0 and octet_length(r.head_part) > 0
                      and r.state <> {nameof(ReportState.Uploading)}
                      and not exists (
                        select 1 from report_subjects s join cases c on c.id = s.case_id
                        where s.report_id = r.id and c.status <> {nameof(CaseStatus.Closed)})
                    order by r.id limit {Page}
                    """
                )
                .ToListAsync(ct);
            if (ids.Count == 0)
                yield break;
            foreach (var verdict in await DeletionGate.JudgeAsync(db, [.. ids.Select(ReportId.From)], now, ct))
                yield return verdict;
            after = ids[^1];
        }
    }

    private static RetentionRow RowOf(DeletionVerdict verdict) =>
        new(
            verdict.Report.ToString(),
            Bytes.ToText(verdict.ContentId),
            verdict.RuleId,
            verdict.DueAt,
            verdict.Blockers
        );
}

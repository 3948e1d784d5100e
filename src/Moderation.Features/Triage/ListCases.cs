// Lists the cases of a queue: GET /v1/cases, open ones in rank order, closed ones newest first, a keyset page at a time.
using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Triage;
using Moderation.Data;
using Moderation.Domain;
using Moderation.Domain.Cases;
using Moderation.Features.Http;

namespace Moderation.Features.Triage;

public static class ListCases
{
    private const int DefaultLimit = 50;
    private const int MostLimit = 200;
    private static readonly TimeSpan CursorLife = TimeSpan.FromHours(24);

    private static readonly Refusal _cursorInvalid = new(
        RefusalKind.Malformed,
        "cursor.invalid",
        "This cursor is of another list, or older than a day; start again without one."
    );

    /// <summary>Where a page ended, and of which list; opaque outside.</summary>
    private sealed record Cursor(string Queue, CaseStatus Status, int Band, DateTimeOffset At, Guid Id, long MadeMs);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/v1/cases", GetAsync)
            .RequireAuthorization(Policies.SeeCases)
            .WithSummary("List the cases of a queue in rank order");

    private static async Task<Results<Ok<Page<CaseRow>>, ProblemHttpResult>> GetAsync(
        ClaimsPrincipal caller,
        Handler handler,
        CancellationToken ct,
        string queue = Case.DefaultQueue,
        string status = "open",
        int limit = DefaultLimit,
        string? cursor = null
    )
    {
        if (limit is < 1 or > MostLimit)
            return Problems.Of(400, "request.invalid", $"limit is 1 to {MostLimit}.");
        if (!Words.TryRead<CaseStatus>(status, out var wanted))
            return Problems.Of(400, "request.invalid", "status is open or closed.");
        var outcome = await handler.HandleAsync(queue, wanted, limit, cursor, Viewer.Of(caller), ct);
        return outcome.Match<Results<Ok<Page<CaseRow>>, ProblemHttpResult>>(
            page => TypedResults.Ok(page),
            refusal => refusal.ToProblem()
        );
    }

    public sealed class Handler(ModerationDb db, TimeProvider clock)
    {
        public async Task<Outcome<Page<CaseRow>>> HandleAsync(
            string queue,
            CaseStatus status,
            int limit,
            string? cursor,
            Viewer viewer,
            CancellationToken ct
        )
        {
            if (!Queue.Exists(queue))
                return CaseRefusals.QueueNotFound;
            Cursor? after = null;
            if (cursor is not null && (after = Read(cursor)) is null)
                return _cursorInvalid;
            if (after is not null && !Fits(after, queue, status))
                return _cursorInvalid;

            // One more than asked for tells whether there is a next page.
            var cases =
                status == CaseStatus.Open
                    ? await OpenAsync(queue, after, limit + 1, viewer.ChildSafety, ct)
                    : await ClosedAsync(queue, after, limit + 1, viewer.ChildSafety, ct);
            var page = cases.Take(limit).ToList();
            var rows = await CaseRows.ReadAsync(db, page, viewer, ct);
            return new Page<CaseRow>(rows, cases.Count > limit ? Write(queue, status, page[^1]) : null);
        }

        private Task<List<Case>> OpenAsync(string queue, Cursor? after, int take, bool all, CancellationToken ct)
        {
            var (band, at, id) = after is null
                ? (int.MinValue, DateTimeOffset.MinValue, Guid.Empty)
                : (after.Band, after.At, after.Id);
            return db
                .Cases.FromSql(
                    $"""
                    select * from cases
                    where queue = {queue} and status = 'Open' and ({all} or lane <> 'ChildSafety')
                      and (band, rank_at, id) > ({band}, {at}, {id})
                    order by band, rank_at, id limit {take}
                    """
                )
                .AsNoTracking()
                .ToListAsync(ct);
        }

        private Task<List<Case>> ClosedAsync(string queue, Cursor? after, int take, bool all, CancellationToken ct)
        {
            var (at, id) = after is null
                ? (DateTimeOffset.MaxValue, new Guid(Enumerable.Repeat((byte)0xFF, 16).ToArray()))
                : (after.At, after.Id);
            return db
                .Cases.FromSql(
                    $"""
                    select * from cases
                    where queue = {queue} and status = 'Closed' and ({all} or lane <> 'ChildSafety')
                      and (closed_at, id) < ({at}, {id})
                    order by closed_at desc, id desc limit {take}
                    """
                )
                .AsNoTracking()
                .ToListAsync(ct);
        }

        private bool Fits(Cursor cursor, string queue, CaseStatus status) =>
            cursor.Queue == queue
            && cursor.Status == status
            && clock.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(cursor.MadeMs) < CursorLife;

        private string Write(string queue, CaseStatus status, Case last) =>
            Bytes.ToText(
                JsonSerializer.SerializeToUtf8Bytes(
                    new Cursor(
                        queue,
                        status,
                        last.Band,
                        status == CaseStatus.Open ? last.RankAt : last.ClosedAt!.Value,
                        last.Id.Value,
                        clock.GetUtcNow().ToUnixTimeMilliseconds()
                    ),
                    ModerationDb.Json
                )
            );

        private static Cursor? Read(string text)
        {
            try
            {
                return Bytes.TryRead(text, out var bytes)
                    ? JsonSerializer.Deserialize<Cursor>(bytes, ModerationDb.Json)
                    : null;
            }
            catch (JsonException)
            {
                return null;
            }
        }
    }
}

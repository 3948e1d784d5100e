// Lists what waits for a second person and shows one piece: GET /v1/reviews, GET /v1/reviews/{id}.
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
using Moderation.Features.Http;

namespace Moderation.Features.Triage;

public static class ListReviews
{
    private const int DefaultLimit = 50;
    private const int MostLimit = 200;

    internal sealed record Cursor(DateTimeOffset DueAt, Guid Id, string Reader);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes
            .MapGet("/v1/reviews", ListAsync)
            .RequireAuthorization(Policies.SeeCases)
            .WithSummary("Decisions that wait for a second person, the most urgent first");
        routes
            .MapGet("/v1/reviews/{id}", ShowAsync)
            .RequireAuthorization(Policies.SeeCases)
            .WithSummary("One second look; both decisions once the caller has handed in their own or rules");
    }

    private static async Task<Results<Ok<Page<ReviewRow>>, ProblemHttpResult>> ListAsync(
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
        Cursor? after = null;
        if (cursor is not null)
        {
            if (Read<Cursor>(cursor) is not { } read || read.Reader != me.Id.ToString())
                return Problems.Of(400, "request.invalid", "The cursor belongs to another list.");
            after = read;
        }
        var now = await db.NowAsync(ct);
        var (due, id) = (after?.DueAt ?? DateTimeOffset.MinValue, after?.Id ?? Guid.Empty);
        var waiting = db
            .Reviews.FromSql(
                $"""
                select *, xmin from reviews
                where state in ('Waiting', 'InProgress', 'Differs') and (due_at, id) > ({due}, {id})
                """
            )
            .AsNoTracking()
            .Join(
                db.Cases.Where(c => me.ChildSafety || c.Lane != Lane.ChildSafety),
                r => r.CaseId,
                c => c.Id,
                (r, c) => new { Review = r, Case = c }
            );
        var rows = await waiting
            .OrderBy(row => row.Review.DueAt)
            .ThenBy(row => row.Review.Id)
            .Take(limit + 1)
            .ToListAsync(ct);
        List<ReviewRow> page = [];
        foreach (var row in rows.Take(limit))
            page.Add(await ReviewRows.ShapeAsync(db, row.Review, row.Case, me, now, ct));
        var next =
            rows.Count > limit
                ? Write(new Cursor(rows[limit - 1].Review.DueAt, rows[limit - 1].Review.Id.Value, me.Id.ToString()))
                : null;
        return TypedResults.Ok(new Page<ReviewRow>(page, next));
    }

    private static async Task<Results<Ok<ReviewDetail>, ProblemHttpResult>> ShowAsync(
        ReviewId id,
        ClaimsPrincipal caller,
        ModerationDb db,
        CancellationToken ct
    )
    {
        var me = Viewer.Of(caller);
        var review = await db.Reviews.AsNoTracking().SingleOrDefaultAsync(r => r.Id == id, ct);
        var about = review is null
            ? null
            : await db.Cases.AsNoTracking().SingleOrDefaultAsync(c => c.Id == review.CaseId, ct);
        if (review is null || about is null || !me.MaySee(about))
            return ReviewRefusals.NotFound.ToProblem();
        return TypedResults.Ok(await ReviewRows.DetailAsync(db, review, about, me, await db.NowAsync(ct), ct));
    }

    internal static string Write<T>(T cursor) =>
        Bytes.ToText(JsonSerializer.SerializeToUtf8Bytes(cursor, ModerationDb.Json));

    internal static T? Read<T>(string text)
        where T : class
    {
        try
        {
            return Bytes.TryRead(text, out var bytes) ? JsonSerializer.Deserialize<T>(bytes, ModerationDb.Json) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

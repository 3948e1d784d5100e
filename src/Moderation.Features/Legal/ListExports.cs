// Lists the releases to authorities, newest first: GET /v1/exports.
using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Legal;
using Moderation.Contracts.Triage;
using Moderation.Data;
using Moderation.Domain.Legal;
using Moderation.Features.Http;

namespace Moderation.Features.Legal;

public static class ListExports
{
    private const int DefaultLimit = 50;
    private const int MostLimit = 200;
    private static readonly TimeSpan _cursorLife = TimeSpan.FromHours(24);

    private sealed record Cursor(Guid Before, string Reader, long MadeMs);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/v1/exports", GetAsync)
            .RequireAuthorization(policy => policy.RequireRole(ShowExport.Readers))
            .WithSummary("List the releases to authorities, newest first");

    private static async Task<Results<Ok<Page<ExportRow>>, ProblemHttpResult>> GetAsync(
        ClaimsPrincipal caller,
        Handler handler,
        CancellationToken ct,
        int limit = DefaultLimit,
        string? cursor = null
    )
    {
        if (limit is < 1 or > MostLimit)
            return Problems.Of(400, "request.invalid", $"limit is 1 to {MostLimit}.");
        if (await handler.HandleAsync(limit, cursor, caller, ct) is { } page)
            return TypedResults.Ok(page);
        return Problems.Of(400, "cursor.invalid", "The cursor is not one of this list, or older than a day.");
    }

    public sealed class Handler(ModerationDb db, TimeProvider clock)
    {
        /// <summary>A page, or null for a cursor that this list did not give to this caller within a day.</summary>
        public async Task<Page<ExportRow>?> HandleAsync(
            int limit,
            string? cursor,
            ClaimsPrincipal caller,
            CancellationToken ct
        )
        {
            // Above every id: an untyped null would be one that PostgreSQL cannot compare.
            var before = new Guid([.. Enumerable.Repeat((byte)0xFF, 16)]);
            if (cursor is not null)
            {
                if (Read(cursor) is not { } after || !Fits(after, caller))
                    return null;
                before = after.Before;
            }
            // One more than asked for tells whether there is a next page.
            var take = limit + 1;
            var childSafety = caller.MaySeeChildSafety();
            var found = await db
                .Exports.FromSql(
                    $"""
                    select e.*, e.xmin from exports e join cases c on c.id = e.case_id
                    where e.id < {before} and ({childSafety} or c.lane <> 'ChildSafety')
                    order by e.id desc limit {take}
                    """
                )
                .AsNoTracking()
                .ToListAsync(ct);
            var page = found.Take(limit).ToList();
            return new Page<ExportRow>(
                await ShapeAsync(page, ct),
                found.Count > limit ? Write(page[^1].Id.Value, caller) : null
            );
        }

        private async Task<List<ExportRow>> ShapeAsync(List<Export> page, CancellationToken ct)
        {
            var cases = page.Select(e => e.CaseId).Distinct().ToList();
            var references = await db
                .Cases.Where(c => cases.Contains(c.Id))
                .ToDictionaryAsync(c => c.Id, c => c.Reference, ct);
            var staff = page.Select(e => e.RequestedBy).Distinct().ToList();
            var names = await db
                .Staff.Where(s => staff.Contains(s.Id))
                .ToDictionaryAsync(s => s.Id, s => s.Pseudonym, ct);
            var ids = page.Select(e => e.Id).ToList();
            var approvals = await db
                .ExportApprovals.Where(a => ids.Contains(a.ExportId))
                .GroupBy(a => a.ExportId)
                .Select(group => new { group.Key, Count = group.Count() })
                .ToDictionaryAsync(group => group.Key, group => group.Count, ct);
            return page.ConvertAll(export =>
            {
                var process = ExportRows.ReadProcess(export);
                return new ExportRow(
                    export.Id.ToString(),
                    export.CaseId.ToString(),
                    export.PackageName(references[export.CaseId]),
                    export.Status.ToString().ToLowerInvariant(),
                    process.Basis,
                    process.Authority.Name,
                    process.Reference,
                    names[export.RequestedBy],
                    export.RequestedAt,
                    approvals.GetValueOrDefault(export.Id),
                    export.PublishedAt
                );
            });
        }

        private bool Fits(Cursor cursor, ClaimsPrincipal caller) =>
            cursor.Reader == caller.Subject()
            && clock.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(cursor.MadeMs) < _cursorLife;

        private string Write(Guid before, ClaimsPrincipal caller) =>
            Bytes.ToText(
                JsonSerializer.SerializeToUtf8Bytes(
                    new Cursor(before, caller.Subject(), clock.GetUtcNow().ToUnixTimeMilliseconds()),
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

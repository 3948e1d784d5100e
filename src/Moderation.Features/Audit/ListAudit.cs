// Lists the audit log, newest first, as far as the caller's role goes: GET /v1/audit; looking is itself an event.
using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Audit;
using Moderation.Contracts.Triage;
using Moderation.Data;
using Moderation.Domain;
using Moderation.Domain.Accounts;
using Moderation.Domain.Cases;
using Moderation.Domain.Staff;
using Moderation.Features.Http;

namespace Moderation.Features.Audit;

public static class ListAudit
{
    private const int DefaultLimit = 50;
    private const int MostLimit = 200;
    private static readonly TimeSpan _cursorLife = TimeSpan.FromHours(24);

    /// <summary>What is asked for; part of a cursor, so that one list's cursor opens no other.</summary>
    /// <param name="Kind">Kind of event, whole.</param>
    /// <param name="Actor">`stf_…`, `acct_…` or `system:NAME`.</param>
    public sealed record Filter(string? Kind, string? Actor, CaseId? Case);

    private sealed record Cursor(string? Kind, string? Actor, string? Case, string Reader, long Before, long MadeMs);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/v1/audit", GetAsync)
            .RequireAuthorization(Policies.ReadAudit)
            .WithSummary(
                "List entries of the audit log: all for auditors, the queue's for seniors, one's own acts for others"
            );

    private static async Task<Results<Ok<Page<AuditRow>>, ProblemHttpResult>> GetAsync(
        ClaimsPrincipal caller,
        Handler handler,
        CancellationToken ct,
        string? kind = null,
        string? actor = null,
        CaseId? @case = null,
        int limit = DefaultLimit,
        string? cursor = null
    )
    {
        if (limit is < 1 or > MostLimit)
            return Problems.Of(400, "request.invalid", $"limit is 1 to {MostLimit}.");
        var outcome = await handler.HandleAsync(new Filter(kind, actor, @case), limit, cursor, caller, ct);
        return outcome.Match<Results<Ok<Page<AuditRow>>, ProblemHttpResult>>(
            page => TypedResults.Ok(page),
            refusal => refusal.ToProblem()
        );
    }

    public sealed class Handler(ModerationDb db, TimeProvider clock)
    {
        public async Task<Outcome<Page<AuditRow>>> HandleAsync(
            Filter filter,
            int limit,
            string? cursor,
            ClaimsPrincipal caller,
            CancellationToken ct
        )
        {
            var before = long.MaxValue;
            if (cursor is not null)
            {
                if (Read(cursor) is not { } after || !Fits(after, filter, caller))
                    return AuditRefusals.CursorInvalid;
                before = after.Before;
            }
            // Written before anything is shown: what cannot be recorded is not seen.
            var now = clock.GetUtcNow();
            db.Say(
                AuditRead.EventKind,
                new AuditRead(filter.Kind, filter.Case?.ToString(), filter.Actor is not null),
                now
            ).Actor = caller.Subject();
            await db.SaveChangesAsync(ct);

            // One more than asked for tells whether there is a next page.
            var lines = await LinesAsync(filter, before, limit + 1, caller, ct);
            var page = lines.Take(limit).ToList();
            var rows = await ShapeAsync(page, ct);
            var next = lines.Count > limit ? Write(filter, caller, page[^1].Leaf.Index, now) : null;
            return new Page<AuditRow>(rows, next);
        }

        private sealed record Line(AuditLeaf Leaf, LoggedEvent Event);

        private async Task<List<Line>> LinesAsync(
            Filter filter,
            long before,
            int take,
            ClaimsPrincipal caller,
            CancellationToken ct
        )
        {
            var (me, all, queue) = (caller.Subject(), caller.IsInRole("auditor"), caller.IsInRole("senior"));
            var childSafety = caller.MaySeeChildSafety();
            // Whoever may not see that lane sees the same with it and without it (triage.md 15).
            var events = db.Events.FromSql(
                $"""
                select e.* from events e
                where {childSafety}
                   or not exists (select 1 from cases c where c.id = e.case_id and c.lane = 'ChildSafety')
                """
            );
            if (!all)
                events = events.Where(e => e.Actor == me || (queue && e.CaseId != null));
            // What a second reviewer must not know yet is not in this list either (triage.md 10).
            var withheld = (
                await Blindness.Withheld(db, caller.Staff(), all).Select(r => r.CaseId).Distinct().ToListAsync(ct)
            ).ConvertAll(id => (Guid?)id.Value);
            var neutral = Blindness.NeutralKinds;
            events = events.Where(e => e.Actor == me || neutral.Contains(e.Kind) || !withheld.Contains(e.CaseId));
            if (filter.Kind is { } kind)
                events = events.Where(e => e.Kind == kind);
            if (filter.Actor is { } actor)
                events = events.Where(e => e.Actor == actor);
            if (filter.Case is { } about)
                events = events.Where(e => e.CaseId == about.Value);
            return await db
                .AuditLeaves.Where(leaf => leaf.Index < before)
                .Join(events, leaf => leaf.EventId, e => e.Id, (leaf, e) => new { leaf, e })
                .OrderByDescending(row => row.leaf.Index)
                .Take(take)
                .Select(row => new Line(row.leaf, row.e))
                .AsNoTracking()
                .ToListAsync(ct);
        }

        private async Task<List<AuditRow>> ShapeAsync(List<Line> lines, CancellationToken ct)
        {
            var staff = lines
                .Select(line => StaffId.TryParse(line.Event.Actor, null, out var who) ? who : (StaffId?)null)
                .OfType<StaffId>()
                .Distinct()
                .ToList();
            var names = await db
                .Staff.AsNoTracking()
                .Where(person => staff.Contains(person.Id))
                .ToDictionaryAsync(person => person.Id.ToString(), person => person.Pseudonym, ct);
            return
            [
                .. lines.Select(line => new AuditRow(
                    line.Leaf.Index,
                    line.Leaf.Form.ToString().ToLowerInvariant(),
                    line.Event.Id.ToString(),
                    line.Event.Kind,
                    line.Event.OccurredAt,
                    NameOf(line.Event.Actor, names),
                    line.Event.CaseId is { } about ? new CaseId(about).ToString() : null,
                    line.Event.AccountId is { } account ? new AccountId(account).ToString() : null,
                    Bytes.ToText(line.Leaf.LeafHash),
                    line.Leaf is { Form: AuditLeafForm.Event, Salt: null }
                )),
            ];
        }

        private static string? NameOf(string? actor, Dictionary<string, string> pseudonyms) =>
            actor switch
            {
                null => null,
                _ when pseudonyms.TryGetValue(actor, out var pseudonym) => pseudonym,
                // A reporter stays unnamed, also as an id.
                _ when actor.StartsWith("acct_", StringComparison.Ordinal) => "Host",
                _ when actor.StartsWith("stf_", StringComparison.Ordinal) => "Staff",
                _ => actor,
            };

        private bool Fits(Cursor cursor, Filter filter, ClaimsPrincipal caller) =>
            cursor.Kind == filter.Kind
            && cursor.Actor == filter.Actor
            && cursor.Case == filter.Case?.ToString()
            && cursor.Reader == caller.Subject()
            && clock.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(cursor.MadeMs) < _cursorLife;

        private static string Write(Filter filter, ClaimsPrincipal caller, long before, DateTimeOffset now) =>
            Bytes.ToText(
                JsonSerializer.SerializeToUtf8Bytes(
                    new Cursor(
                        filter.Kind,
                        filter.Actor,
                        filter.Case?.ToString(),
                        caller.Subject(),
                        before,
                        now.ToUnixTimeMilliseconds()
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

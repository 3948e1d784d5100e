// Writes each case's custody record from the event log: one line an act, under a lock on the case (case-package.md 4).
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Intake;
using Moderation.Contracts.Legal;
using Moderation.Contracts.Opening;
using Moderation.Data;
using Moderation.Domain;
using Moderation.Domain.Cases;
using Moderation.Domain.Legal;
using Moderation.Domain.Reports;
using Moderation.Domain.Staff;
using Moderation.Evidence;

namespace Moderation.Features.Legal;

public sealed class CustodyBook(ModerationDb db, StaffPseudonyms pseudonyms, TimeProvider clock)
{
    private static readonly string[] Kinds =
    [
        ReportFiled.Kind,
        ReportBytesComplete.Kind,
        SegmentsOpened.Kind,
        ExportApproved.Kind,
    ];

    public static string Version { get; } = typeof(CustodyBook).Assembly.GetName().Version!.ToString(3);

    /// <summary>Takes one event into the record, once, however often it comes.</summary>
    public Task<bool> TakeAsync(Guid? eventId, CancellationToken ct) =>
        db.TakeAsync(nameof(KeepCustody), eventId, clock.GetUtcNow(), () => WriteAsync(eventId!.Value, ct), ct);

    /// <summary>Takes what the pump has not handed out yet, so that an export tells of everything before it.</summary>
    public async Task CatchUpAsync(CaseId about, CancellationToken ct)
    {
        var reports = (await db.ReportSubjects.Where(s => s.CaseId == about).Select(s => s.ReportId).ToListAsync(ct))
            .Select(id => id.ToString())
            .ToArray();
        var open = await db
            .Events.FromSql(
                $"""
                select e.* from events e
                where e.kind = any({Kinds}) and (e.case_id = {about.Value} or e.payload->>'report_id' = any({reports}))
                  and not exists (select 1 from inbox i where i.event_id = e.id and i.consumer = {nameof(KeepCustody)})
                """
            )
            .AsNoTracking()
            .OrderBy(e => e.OccurredAt)
            .ThenBy(e => e.Id)
            .Select(e => e.Id)
            .ToListAsync(ct);
        foreach (var id in open)
            await TakeAsync(id.Value, ct);
    }

    /// <summary>Locks the case until the caller's transaction ends, and returns its reference.</summary>
    public async Task<string> LockAsync(CaseId about, CancellationToken ct)
    {
        if (db.Database.CurrentTransaction is null)
            throw new InvalidOperationException("A row lock without a transaction ends at once.");
        var found = await db
            .Database.SqlQuery<string>(
                $"""select reference as "Value" from cases where id = {about.Value} for update"""
            )
            .ToListAsync(ct);
        return found.Single();
    }

    /// <summary>Adds the next line of a case and saves it; the transaction is the caller's.</summary>
    public async Task<CustodyLine> AppendAsync(
        CaseId about,
        CustodyAct act,
        CancellationToken ct,
        ReportId? report = null,
        string? exhibit = null
    )
    {
        var reference = await LockAsync(about, ct);
        var last = await db
            .CustodyLines.AsNoTracking()
            .Where(l => l.CaseId == about)
            .OrderByDescending(l => l.Seq)
            .FirstOrDefaultAsync(ct);
        var line = CustodyLine.After(last, about, reference, act, report, exhibit);
        db.CustodyLines.Add(line);
        await db.SaveChangesAsync(ct);
        return line;
    }

    public Task<string?> ExhibitAsync(CaseId about, ReportId report, CancellationToken ct) =>
        db
            .CustodyLines.Where(l => l.CaseId == about && l.ReportId == report)
            .Select(l => l.Exhibit)
            .SingleOrDefaultAsync(ct);

    /// <summary>Segments of an exhibit as items, by the digest of their sealed bytes.</summary>
    public async Task<List<CustodyItem>> ItemsAsync(
        ReportId report,
        string exhibit,
        IReadOnlyCollection<int> segments,
        CancellationToken ct
    )
    {
        var hashes = await db
            .ReportSegments.Where(s => s.ReportId == report && segments.Contains(s.Index))
            .Select(s => s.CiphertextHash)
            .ToListAsync(ct);
        return [.. hashes.Select(hash => new CustodyItem(exhibit, null, Convert.ToHexStringLower(hash)))];
    }

    private async Task WriteAsync(Guid eventId, CancellationToken ct)
    {
        var id = EventId.From(eventId);
        var line = await db.Events.AsNoTracking().SingleAsync(e => e.Id == id, ct);
        switch (line.Kind)
        {
            case ReportFiled.Kind:
                await ReceiveEverywhereAsync(Read<ReportFiled>(line).ReportId, ct);
                break;
            case ReportBytesComplete.Kind:
                await ReceiveEverywhereAsync(Read<ReportBytesComplete>(line).ReportId, ct);
                break;
            case SegmentsOpened.Kind:
                await OpenAsync(line, Read<SegmentsOpened>(line), ct);
                break;
            case ExportApproved.Kind:
                await GrantAsync(line, Read<ExportApproved>(line), ct);
                break;
        }
    }

    // Filing and bytes come in either order; whichever is second makes the report an exhibit of its cases.
    private async Task ReceiveEverywhereAsync(string reportId, CancellationToken ct)
    {
        ReportId.TryParse(reportId, null, out var id);
        var cases = await db
            .Cases.Where(c => db.ReportSubjects.Any(s => s.ReportId == id && s.CaseId == c.Id))
            .Select(c => new
            {
                c.Id,
                c.SubjectKind,
                c.SubjectId,
            })
            .ToListAsync(ct);
        foreach (var about in cases.OrderBy(c => (c.SubjectKind, c.SubjectId), CaseIntake.LockOrder))
            await ReceiveAsync(about.Id, id, ct);
    }

    private async Task<string?> ReceiveAsync(CaseId about, ReportId id, CancellationToken ct)
    {
        await LockAsync(about, ct);
        if (await ExhibitAsync(about, id, ct) is { } known)
            return known;
        var report = await db.Reports.AsNoTracking().SingleAsync(r => r.Id == id, ct);
        if (report is not { State: ReportState.Complete, CompletedAt: { } at })
            return null;
        var exhibit = $"E{await db.CustodyLines.CountAsync(l => l.CaseId == about && l.Exhibit != null, ct) + 1:D4}";
        CustodyItem[] evidence = [new(exhibit, null, Convert.ToHexStringLower(report.ContentId))];
        var received = new CustodyAct
        {
            Entry = NameUuid.Of(about.Value, $"{id}|received"),
            At = at,
            Action = "received",
            Actor = "reporter",
            ActorRole = "reporter",
            Authority = "consent:reporter",
            Reason = Reason.ByNumber(report.Reason)?.Code ?? "other",
            Evidence = evidence,
            From = "reporter",
            To = "store",
            Method = "upload of a sealed bundle",
            Tool = $"intake/{Version}",
        };
        await AppendAsync(about, received, ct, id, exhibit);
        await AppendAsync(
            about,
            received with
            {
                Entry = NameUuid.Of(about.Value, $"{id}|verified"),
                Action = "verified",
                Actor = "system:intake",
                ActorRole = "intake",
                Authority = "policy:intake",
                Reason = "intake_check",
                From = null,
                To = null,
                Method = "signature, structure and digest of every segment; nothing opened",
            },
            ct
        );
        return exhibit;
    }

    private async Task OpenAsync(LoggedEvent line, SegmentsOpened said, CancellationToken ct)
    {
        CaseId.TryParse(said.CaseId, null, out var about);
        ReportId.TryParse(said.ReportId, null, out var report);
        var exhibit =
            await ReceiveAsync(about, report, ct)
            ?? throw new InvalidDataException("Evidence that has not arrived was opened.");
        var (actor, role) = await ActorAsync(about, line.Actor, ct);
        var purpose = JsonNamingPolicy.SnakeCaseLower.ConvertName(((GrantPurpose)said.Purpose).ToString());
        await AppendAsync(
            about,
            new CustodyAct
            {
                Entry = NameUuid.Of(about.Value, $"{line.Id}|opened"),
                At = line.OccurredAt,
                Action = "opened",
                Actor = actor,
                ActorRole = role,
                Authority = $"policy:{purpose}",
                Reason = purpose,
                Evidence = await ItemsAsync(report, exhibit, [.. said.Segments], ct),
                Method = (GrantPurpose)said.Purpose is GrantPurpose.LegalDisclosure or GrantPurpose.ChildSafetyReport
                    ? "segment keys sealed to the authority's key"
                    : "segment keys released to one browser",
                Grant = $"grant:{said.GrantId}",
                Tool = $"vault/{Version}",
            },
            ct
        );
    }

    private async Task GrantAsync(LoggedEvent line, ExportApproved said, CancellationToken ct)
    {
        ExportId.TryParse(said.ExportId, null, out var id);
        var export = await db.Exports.AsNoTracking().SingleAsync(e => e.Id == id, ct);
        var (actor, role) = await ActorAsync(export.CaseId, line.Actor, ct);
        await AppendAsync(
            export.CaseId,
            new CustodyAct
            {
                Entry = NameUuid.Of(export.CaseId.Value, $"{line.Id}|granted"),
                At = line.OccurredAt,
                Action = "granted",
                Actor = actor,
                ActorRole = role,
                Authority = $"legal:{export.ProcessId}",
                Reason = "legal_disclosure",
                Evidence = await ItemsAsync(export.ReportId, export.Exhibit, export.Segments, ct),
                Method = $"approval {said.Approvals} of 2",
                Grant = $"grant:{Convert.ToHexStringLower(GrantTerms.Parse(export.GrantTerms)!.GrantId)}",
                Tool = $"case-exporter/{Version}",
            },
            ct
        );
    }

    private async Task<(string Actor, string Role)> ActorAsync(CaseId about, string? actor, CancellationToken ct)
    {
        if (!StaffId.TryParse(actor, null, out var id))
            return ("system:server", "vault");
        var role = await db.Staff.Where(s => s.Id == id).Select(s => s.Role).SingleAsync(ct);
        return (pseudonyms.Of(about, id, role), role.ToString().ToLowerInvariant());
    }

    private static T Read<T>(LoggedEvent line) =>
        JsonSerializer.Deserialize<T>(line.Payload, ModerationDb.Json)
        ?? throw new InvalidDataException($"The payload of a {line.Kind} line is null.");
}

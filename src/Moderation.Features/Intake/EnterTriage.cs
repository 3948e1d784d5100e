// Brings a report into triage: its cases are opened or joined, and the log says so.
using Moderation.Contracts.Intake;
using Moderation.Data;
using Moderation.Domain.Reports;

namespace Moderation.Features.Intake;

internal static class EnterTriage
{
    /// <summary>Runs in the caller's transaction; the caller saves.</summary>
    public static async Task AdmitAsync(
        ModerationDb db,
        Report report,
        Reason reason,
        IReadOnlyList<byte[]> subjects,
        string actor,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var cases = await CaseIntake.AdmitAsync(db, report, reason, subjects, actor, now, ct);
        var said = db.Say(
            ReportFiled.Kind,
            new ReportFiled(
                report.Id.ToString(),
                report.MeetingId.ToString(),
                reason.Number,
                [.. cases.Select(c => c.ToString())]
            ),
            now
        );
        said.Actor = actor;
        // With several cases each has a line of its own, said when the report was admitted to it.
        said.CaseId = cases is [var only] ? only.Value : null;
    }
}

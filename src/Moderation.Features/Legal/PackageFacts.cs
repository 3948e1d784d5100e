// Gathers what a package tells of its case: subject, meeting, decisions, approvals, custody.
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Moderation.Data;
using Moderation.Domain.Accounts;
using Moderation.Domain.Cases;
using Moderation.Domain.Legal;
using Moderation.Domain.Meetings;
using Moderation.Domain.Reports;
using Moderation.Domain.Staff;
using Moderation.Evidence;

namespace Moderation.Features.Legal;

/// <param name="Account">The subject's account, when the plan names it.</param>
/// <param name="Decisions">As many as the plan names, oldest first, with the end of their measure.</param>
/// <param name="Participants">As case.json lists them: `A0001`, `reporter`, `undisclosed:N`.</param>
/// <param name="Requester">Pseudonym in this case.</param>
/// <param name="Approvers">Pseudonyms in this case, in the order of the approvals.</param>
public sealed record PackageStory(
    Export Export,
    Case Case,
    Report Report,
    Meeting Meeting,
    Account? Account,
    IReadOnlyList<(Decision Decision, DateTimeOffset? Until)> Decisions,
    IReadOnlyList<string> Participants,
    string Requester,
    IReadOnlyList<(string Actor, ExportApproval Approval)> Approvers,
    IReadOnlyList<CustodyLine> Custody,
    Disclosure Disclosure,
    VerifiedDisclosure Verified
)
{
    public JsonNode Plan { get; } = JsonNode.Parse(Export.Plan)!;
    public string Exhibit => Export.Exhibit;
    public string Package => Export.PackageName(Case.Reference);
}

public sealed class PackageFacts(ModerationDb db, StaffPseudonyms pseudonyms)
{
    public async Task<PackageStory> GatherAsync(
        Export export,
        Case about,
        IReadOnlyList<ExportApproval> approvals,
        Disclosure disclosure,
        VerifiedDisclosure verified,
        CancellationToken ct
    )
    {
        var plan = JsonNode.Parse(export.Plan)!;
        var report = await db.Reports.AsNoTracking().SingleAsync(r => r.Id == export.ReportId, ct);
        var meeting = await db.Meetings.AsNoTracking().SingleAsync(m => m.Id == report.MeetingId, ct);
        var subject = new AccountId(about.SubjectId);
        var account =
            plan["accounts"]!.AsArray().Count > 0
                ? await db.Accounts.AsNoTracking().SingleAsync(a => a.Id == subject, ct)
                : null;
        return new PackageStory(
            export,
            about,
            report,
            meeting,
            account,
            await DecisionsAsync(about.Id, plan["decisions"]!.AsArray().Count, ct),
            await ParticipantsAsync(meeting.Id, report.ReporterId, account?.Id, ct),
            pseudonyms.Of(about.Id, export.RequestedBy, StaffRole.Liaison),
            [.. approvals.Select(a => (pseudonyms.Of(about.Id, a.StaffId, a.Role), a))],
            await db.CustodyLines.AsNoTracking().Where(l => l.CaseId == about.Id).OrderBy(l => l.Seq).ToListAsync(ct),
            disclosure,
            verified
        );
    }

    private async Task<List<(Decision, DateTimeOffset?)>> DecisionsAsync(CaseId about, int count, CancellationToken ct)
    {
        var decisions = await db
            .Decisions.AsNoTracking()
            .Where(Decision.TookEffect)
            .Where(d => d.CaseId == about)
            .OrderBy(d => d.DecidedAt)
            .Take(count)
            .ToListAsync(ct);
        List<(Decision, DateTimeOffset?)> told = [];
        foreach (var decision in decisions)
            told.Add(
                (decision, await db.Enforcements.Where(e => e.DecisionId == decision.Id).MaxAsync(e => e.Until, ct))
            );
        return told;
    }

    // Who else was there is counted, not named (case-package.md 5.1).
    private async Task<List<string>> ParticipantsAsync(
        MeetingId meeting,
        AccountId reporter,
        AccountId? inScope,
        CancellationToken ct
    )
    {
        var accounts = await db
            .Participants.Where(p => p.MeetingId == meeting)
            .Select(p => p.AccountId)
            .Distinct()
            .ToListAsync(ct);
        List<string> told = [];
        if (inScope is { } subject && accounts.Remove(subject))
            told.Add("A0001");
        accounts.Remove(reporter);
        told.Add("reporter");
        if (accounts.Count > 0)
            told.Add($"undisclosed:{accounts.Count}");
        return told;
    }
}

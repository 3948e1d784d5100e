// What becomes of a pseudonym once the roster knows it, and of a report about minutes that were decided on.
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Directory;
using Moderation.Contracts.Triage;
using Moderation.Domain.Cases;
using Moderation.Domain.Reports;
using Moderation.Domain.Staff;
using Moderation.Features.Http;
using Case = Moderation.Domain.Cases.Case;

namespace Moderation.IntegrationTests.Intake;

[Collection(IntakeCollection.Name)]
public sealed class LateSubjectsTests(App app)
{
    private static readonly byte[] Stranger = [.. Enumerable.Repeat((byte)9, 16)];

    [Fact]
    public async Task Somebody_the_roster_names_later_gets_a_case_of_their_own_and_the_empty_one_closes()
    {
        var host = await ReportingHost.JoinAsync(app);
        var before = await FileAboutAsync(host, "harassment", Stranger);
        before.SubjectKind.ShouldBe(SubjectKind.Meeting);

        using var put = await host.PutMeetingAsync(WithStranger(host, "late-guest-1"));

        await put.ShouldBeAsync(200);
        var (after, left) = await app.InDbAsync(async db =>
        {
            var account = await db.Accounts.SingleAsync(a => a.ExternalId == "late-guest-1");
            return (
                await db.Cases.SingleAsync(c => c.SubjectId == account.Id.Value),
                await db.Cases.SingleAsync(c => c.Id == before.Id)
            );
        });
        after.ReportCount.ShouldBe(1);
        after.Status.ShouldBe(CaseStatus.Open);
        left.Status.ShouldBe(CaseStatus.Closed);
        left.ReportCount.ShouldBe(0);
    }

    [Fact]
    public async Task A_meetings_case_that_somebody_holds_is_left_alone()
    {
        var host = await ReportingHost.JoinAsync(app);
        var before = await FileAboutAsync(host, "harassment", Stranger);
        using var analyst = (await app.StaffAsync(StaffRole.Analyst)).Http;
        using var claim = await analyst.PostAsync("/v1/claims", Answers.Json(new ClaimRequest(before.Id.ToString())));
        await claim.ShouldBeAsync(200);

        using var put = await host.PutMeetingAsync(WithStranger(host, "late-guest-2"));

        await put.ShouldBeAsync(200);
        (await app.InDbAsync(db => db.Cases.SingleAsync(c => c.Id == before.Id))).Status.ShouldBe(CaseStatus.Open);
    }

    [Fact]
    public async Task A_late_report_of_the_same_minutes_is_covered_and_a_graver_one_opens_a_case_that_names_the_old_one()
    {
        var host = await ReportingHost.JoinAsync(app);
        var decided = await FileAboutAsync(host, "harassment", host.Others[0]);
        var staff = (await app.StaffAsync(StaffRole.Analyst)).Member;
        await app.InDbAsync(db => DecideAsync(db, decided, staff.Id));

        var covered = await FileAboutAsync(host, "harassment", host.Others[0]);
        var graver = await FileAboutAsync(host, "violence", host.Others[0], number: 5);

        covered.Id.ShouldBe(decided.Id);
        covered.Status.ShouldBe(CaseStatus.Closed);
        graver.Id.ShouldNotBe(decided.Id);
        graver.PreviousCaseId.ShouldBe(decided.Id);
        var dispositions = await app.InDbAsync(db =>
            db.ReportSubjects.Where(s => s.CaseId == decided.Id).Select(s => s.Disposition).ToListAsync()
        );
        dispositions.ShouldBe([ReportDisposition.Resolved, ReportDisposition.Covered], ignoreOrder: true);
    }

    private static async Task DecideAsync(Data.ModerationDb db, Case decided, StaffId by)
    {
        var row = await db.Cases.SingleAsync(c => c.Id == decided.Id);
        row.Make(CaseMove.Decide).Refusal.ShouldBeNull();
        row.ClosedAt = DateTimeOffset.UnixEpoch.AddDays(20_500);
        await db
            .ReportSubjects.Where(s => s.CaseId == decided.Id)
            .ExecuteUpdateAsync(set => set.SetProperty(s => s.Disposition, ReportDisposition.Resolved));
        db.Decisions.Add(
            new Decision
            {
                Id = DecisionId.New(row.OpenedAt),
                CaseId = row.Id,
                CaseVersion = 1,
                Outcome = DecisionOutcome.Violation,
                Clause = "harassment.targeted",
                PolicyVersion = "1",
                Severity = Severity.S2,
                Action = "warn",
                RecommendedAction = "warn",
                Rationale = "seen",
                Citations = "[]",
                EvidenceOpened = true,
                DecidedBy = by,
                DecidedAt = row.OpenedAt,
            }
        );
        await db.SaveChangesAsync();
    }

    private static MeetingUpsert WithStranger(ReportingHost host, string account) =>
        host.Roster with
        {
            Participants =
            [
                .. host.Roster.Participants,
                new ParticipantUpsert(Bytes.ToText(Stranger), account, Host: false),
            ],
        };

    private async Task<Case> FileAboutAsync(ReportingHost host, string reason, byte[] subject, uint number = 4)
    {
        var draft = host.Draft(await host.AskAsync()) with { Reason = number };
        var bundle = Evidence.BundleSealer.Seal(draft, host.Device);
        using var head = await host.PostHeadAsync(bundle.Head);
        var report = await head.ShouldBeAsync<Contracts.Intake.ReportAccepted>(201);
        using var filed = await host.PutFilingAsync(
            report.ReportId,
            host.Filing(bundle, subject) with
            {
                Reason = reason,
            }
        );
        await filed.ShouldBeAsync(204);
        var id = ReportingHost.IdOf(report.ReportId);
        return await app.InDbAsync(async db =>
        {
            var row = await db.ReportSubjects.SingleAsync(s => s.ReportId == id);
            return await db.Cases.AsNoTracking().SingleAsync(c => c.Id == row.CaseId);
        });
    }
}

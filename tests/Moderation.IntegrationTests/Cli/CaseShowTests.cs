// `moderation case show`: what stands behind a report, each segment with its attribution, before anybody has opened it.
using Moderation.Contracts.Opening;
using Moderation.Domain.Staff;
using Moderation.IntegrationTests.Intake;
using Moderation.IntegrationTests.Opening;

namespace Moderation.IntegrationTests.Cli;

[Collection(OpeningCollection.Name)]
public sealed class CaseShowTests(VaultApp app)
{
    [Fact]
    public async Task A_receipt_that_nobody_has_opened_behind_is_said_to_be_not_checked_yet()
    {
        using var meeting = await RelayedMeeting.JoinAsync(app);
        var (report, _) = await meeting.FileAsync();
        var about = await app.CaseOfAsync(report.ReportId);
        var anna = await app.StaffAsync(StaffRole.Analyst);

        var told = await CommandLine.RunAsync(app, anna, "case", "show", about.ToString());
        var data = await CommandLine.RunAsync(app, anna, "case", "show", about.ToString(), "-o", "json");

        told.Code.ShouldBe(0, told.Talk);
        var lines = told.Output.Split('\n').Where(l => l.Contains("media", StringComparison.Ordinal)).ToList();
        lines.Count.ShouldBe(4);
        lines[..3].ShouldAllBe(l => l.EndsWith("relay receipt holds; G1 not checked yet, only an opening can"));
        lines[3].ShouldEndWith("G0 asserted by the reporting host");
        data.Code.ShouldBe(0, data.Talk);
        data.LastLine.GetProperty("reports")[0]
            .GetProperty("segments")
            .EnumerateArray()
            .Select(s => s.GetProperty("grade").GetString())
            .ShouldBe(["not_checked", "not_checked", "not_checked", "G0"]);
    }

    [Fact]
    public async Task Destroyed_evidence_is_said_to_be_destroyed_and_not_to_be_on_its_way()
    {
        var (report, about) = await app.FileAsync(note: "shown no more");
        foreach (var custodian in new[] { StaffRole.Custodian, StaffRole.Custodian })
            using (
                var answer = await (await app.StaffAsync(custodian)).Http.PostAsync(
                    $"/v1/reports/{report.Id}:destroy-evidence",
                    Answers.Json(new DestructionRequest("Retention has ended."))
                )
            )
                await answer.ShouldBeAsync(200);
        var anna = await app.StaffAsync(StaffRole.Analyst);

        var told = await CommandLine.RunAsync(app, anna, "case", "show", about.ToString());

        told.Code.ShouldBe(0, told.Talk);
        told.Output.ShouldContain("its evidence was destroyed: nobody can open it");
        told.Output.ShouldContain(" gone ");
        told.Output.ShouldNotContain(" no   ");
    }
}

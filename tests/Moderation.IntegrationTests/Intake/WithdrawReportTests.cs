// Taking a report back, what its cases are told, and what its reporter can follow.
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Intake;
using Moderation.Contracts.Triage;
using Moderation.Domain.Reports;
using Moderation.Domain.Staff;

namespace Moderation.IntegrationTests.Intake;

[Collection(IntakeCollection.Name)]
public sealed class WithdrawReportTests(App app)
{
    [Fact]
    public async Task A_report_nobody_has_claimed_is_taken_back_with_its_bytes_and_each_case_is_told()
    {
        var host = await ReportingHost.JoinAsync(app);
        var (report, bundle) = await host.FileAsync();
        using var filed = await host.PutFilingAsync(report.ReportId, host.Filing(bundle, [.. host.Others]));
        await filed.ShouldBeAsync(204);
        await host.PutSegmentsAsync(report.ReportId, bundle);

        using var taken = await host.Http.DeleteAsync($"/v1/reports/{report.ReportId}");
        using var again = await host.Http.DeleteAsync($"/v1/reports/{report.ReportId}");

        await taken.ShouldBeAsync(204);
        await again.ShouldBeAsync(204);
        bundle.Segments.ShouldAllBe(segment => !host.BlobIsThere(segment));
        using var status = await host.Http.GetAsync($"/v1/reports/{report.ReportId}");
        (await status.ShouldBeAsync<ReportStatus>(200)).State.ShouldBe("withdrawn");
        var subjects = await SubjectsOfAsync(report.ReportId);
        subjects.Count.ShouldBe(2);
        using var senior = (await app.StaffAsync(StaffRole.Senior)).Http;
        foreach (var subject in subjects)
        {
            subject.Disposition.ShouldBe(ReportDisposition.Withdrawn);
            using var answer = await senior.GetAsync($"/v1/cases/{subject.CaseId}");
            var detail = await answer.ShouldBeAsync<CaseDetail>(200);
            detail.History.Count(line => line.Kind == CaseReportEnded.Kind).ShouldBe(1);
            detail.Rank.Evidence.ShouldBe(0);
            detail.Row.EvidenceState.ShouldBe("none");
            detail.Row.Status.ShouldBe("open");
        }
    }

    [Fact]
    public async Task A_report_whose_case_somebody_took_on_stays()
    {
        var host = await ReportingHost.JoinAsync(app);
        using var filed = await host.PostFilingAsync(await host.FilingAloneAsync(null, host.Others[0]));
        var report = (await filed.ShouldBeAsync<FilingAccepted>(201)).ReportId;
        var subject = (await SubjectsOfAsync(report)).ShouldHaveSingleItem();
        using var analyst = (await app.StaffAsync(StaffRole.Analyst)).Http;
        using var claim = await analyst.PostAsync(
            "/v1/claims",
            Answers.Json(new ClaimRequest(subject.CaseId.ToString()))
        );
        await claim.ShouldBeAsync(200);

        using var answer = await host.Http.DeleteAsync($"/v1/reports/{report}");

        await answer.ShouldBeProblemAsync(409, "report.already-in-review");
    }

    [Fact]
    public async Task Nobody_withdraws_or_follows_anothers_report()
    {
        var host = await ReportingHost.JoinAsync(app);
        var other = await ReportingHost.JoinAsync(app);
        var (report, _) = await host.FileAsync();

        using var answer = await other.Http.DeleteAsync($"/v1/reports/{report.ReportId}");
        using var timeline = await other.Http.GetAsync($"/v1/reports/{report.ReportId}/timeline");

        await answer.ShouldBeProblemAsync(404, "report.not-found");
        await timeline.ShouldBeProblemAsync(404, "report.not-found");
    }

    [Fact]
    public async Task The_timeline_tells_each_step_and_not_the_outcome()
    {
        var host = await ReportingHost.JoinAsync(app);
        using var filed = await host.PostFilingAsync(await host.FilingAloneAsync(null, host.Others[0]));
        var report = (await filed.ShouldBeAsync<FilingAccepted>(201)).ReportId;
        using var taken = await host.Http.DeleteAsync($"/v1/reports/{report}");

        using var answer = await host.Http.GetAsync($"/v1/reports/{report}/timeline");

        var steps = (await answer.ShouldBeAsync<Page<TimelineEntry>>(200)).Items.Select(e => e.Step).ToList();
        steps.ShouldBe(["received", "in_triage", "complete", "withdrawn"], ignoreOrder: true);
        steps[^1].ShouldBe("withdrawn");
    }

    [Theory]
    [InlineData(null, "en", "Harassment")]
    [InlineData("de-AT", "de", "Belästigung")]
    [InlineData("DE", "de", "Belästigung")]
    [InlineData("fr-CA", "en", "Harassment")]
    [InlineData("de-x-old", "de", "Belästigung")]
    public async Task Reasons_come_in_the_nearest_language_there_is(string? locale, string language, string text)
    {
        using var http = app.Client();

        using var answer = await http.GetAsync($"/v1/reasons{(locale is null ? "" : $"?locale={locale}")}");

        answer.Content.Headers.ContentLanguage.ShouldHaveSingleItem().ShouldBe(language);
        var reasons = await answer.ShouldBeAsync<List<ReasonShape>>(200);
        reasons.Count.ShouldBe(12);
        reasons.Single(r => r.Number == 4).Text.ShouldBe(text);
    }

    [Fact]
    public async Task Every_language_has_words_for_every_reason()
    {
        foreach (var locale in ReasonTexts.Locales)
            Reason.All.Select(r => ReasonTexts.Of(r, locale)).ShouldAllBe(text => text.Length > 2);
        ReasonTexts.Locales.ShouldContain("de");
        await Task.CompletedTask;
    }

    private Task<List<ReportSubject>> SubjectsOfAsync(string report)
    {
        var id = ReportingHost.IdOf(report);
        return app.InDbAsync(db => db.ReportSubjects.AsNoTracking().Where(s => s.ReportId == id).ToListAsync());
    }
}

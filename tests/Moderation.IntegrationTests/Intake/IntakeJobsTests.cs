// What happens to reports that nobody filed or finished.
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Moderation.Contracts.Intake;
using Moderation.Domain.Cases;
using Moderation.Domain.Reports;
using Moderation.Evidence;
using Moderation.Features.Intake;

namespace Moderation.IntegrationTests.Intake;

[Collection(IntakeCollection.Name)]
public sealed class IntakeJobsTests(App app)
{
    [Fact]
    public async Task A_report_that_nobody_filed_enters_triage_after_ten_minutes_as_the_meetings()
    {
        var host = await ReportingHost.JoinAsync(app);
        var (report, bundle) = await host.FileAsync();
        await AdoptAsync();
        (await SubjectsOfAsync(report.ReportId)).ShouldBeEmpty();

        app.Clock.Offset += TimeSpan.FromMinutes(11);
        await AdoptAsync();
        await AdoptAsync();

        var subject = (await SubjectsOfAsync(report.ReportId)).ShouldHaveSingleItem();
        var adopted = await app.InDbAsync(db => db.Cases.SingleAsync(c => c.Id == subject.CaseId));
        adopted.SubjectKind.ShouldBe(SubjectKind.Meeting);
        adopted.ReportCount.ShouldBe(1);
        // A filing that comes late still brings in those it names.
        using var late = await host.PutFilingAsync(report.ReportId, host.Filing(bundle, host.Others[0]));
        await late.ShouldBeAsync(204);
        (await SubjectsOfAsync(report.ReportId)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_reason_that_nobody_knows_is_looked_at_as_something_else()
    {
        var host = await ReportingHost.JoinAsync(app);
        var draft = host.Draft(await host.AskAsync()) with { Reason = 4_000_000_000 };
        using var head = await host.PostHeadAsync(BundleSealer.Seal(draft, host.Device).Head);
        var report = await head.ShouldBeAsync<ReportAccepted>(201);

        app.Clock.Offset += TimeSpan.FromMinutes(11);
        await AdoptAsync();

        var subject = (await SubjectsOfAsync(report.ReportId)).ShouldHaveSingleItem();
        (await app.InDbAsync(db => db.Cases.SingleAsync(c => c.Id == subject.CaseId))).Reason.ShouldBe(12);
    }

    [Fact]
    public async Task An_upload_that_was_not_finished_in_a_day_loses_its_bytes_and_keeps_its_place()
    {
        var host = await ReportingHost.JoinAsync(app);
        var (report, bundle) = await host.FileAsync();
        using var filed = await host.PutFilingAsync(report.ReportId, host.Filing(bundle, host.Others[0]));
        await filed.ShouldBeAsync(204);
        using var stored = await host.PutSegmentAsync(report.ReportId, 0, bundle.Segments[0]);
        await stored.ShouldBeAsync(204);
        var finished = await ReportingHost.JoinAsync(app);
        var (kept, keptBundle) = await finished.FileAsync();
        await finished.PutSegmentsAsync(kept.ReportId, keptBundle);
        using var completed = await finished.CompleteAsync(kept.ReportId);
        await completed.ShouldBeAsync(200);

        app.Clock.Offset += TimeSpan.FromHours(25);
        await ExpireAsync();
        await ExpireAsync();

        var fresh = await app.HostAsync((await ReportAsync(report.ReportId)).ReporterId);
        using var status = await fresh.GetAsync($"/v1/reports/{report.ReportId}");
        (await status.ShouldBeAsync<ReportStatus>(200)).State.ShouldBe("expired");
        using var late = await fresh.PutAsync(
            $"/v1/reports/{report.ReportId}/segments/1",
            ReportingHost.Body(bundle.Segments[1], "application/octet-stream")
        );
        await late.ShouldBeProblemAsync(410, EvidenceCodes.UploadExpired);
        host.BlobIsThere(bundle.Segments[0]).ShouldBeFalse();
        keptBundle.Segments.ShouldAllBe(segment => finished.BlobIsThere(segment));
        var row = await ReportAsync(report.ReportId);
        row.HeadPart.ShouldBe(bundle.Head);
        row.Filing.ShouldNotBeNull();
        var told = await app.InDbAsync(db =>
            db.Events.Where(e => e.Kind == ReportExpired.Kind).Select(e => e.Payload).ToListAsync()
        );
        told.Count(payload => payload.Contains(report.ReportId, StringComparison.Ordinal)).ShouldBe(1);
    }

    private Task AdoptAsync() => RunAsync<AdoptUnfiledReports>(job => job.RunAsync(default));

    private Task ExpireAsync() => RunAsync<ExpireUploads>(job => job.RunAsync(default));

    private async Task RunAsync<T>(Func<T, Task> run)
        where T : notnull
    {
        await using var scope = app.Services.CreateAsyncScope();
        await run(scope.ServiceProvider.GetRequiredService<T>());
    }

    private Task<Report> ReportAsync(string report)
    {
        var id = ReportingHost.IdOf(report);
        return app.InDbAsync(db => db.Reports.AsNoTracking().SingleAsync(r => r.Id == id));
    }

    private Task<List<ReportSubject>> SubjectsOfAsync(string report)
    {
        var id = ReportingHost.IdOf(report);
        return app.InDbAsync(db => db.ReportSubjects.AsNoTracking().Where(s => s.ReportId == id).ToListAsync());
    }
}

// The whole way of a report into the system: challenge, head part, filing, segments, receipt.
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Intake;
using Moderation.Domain.Cases;
using Moderation.Domain.Reports;
using Moderation.Evidence;

namespace Moderation.IntegrationTests.Intake;

[Collection(IntakeCollection.Name)]
public sealed class UploadTests(App app)
{
    [Theory]
    [InlineData(CoseAlgorithm.Ed25519)]
    [InlineData(CoseAlgorithm.Esp256)]
    public async Task A_report_goes_in_whole_and_the_receipt_is_the_intakes(CoseAlgorithm algorithm)
    {
        var host = await ReportingHost.JoinAsync(app, algorithm);
        var bundle = await host.SealAsync();

        using var head = await host.PostHeadAsync(bundle.Head);
        var report = await head.ShouldBeAsync<ReportAccepted>(201);
        head.Headers.Location!.ToString().ShouldBe($"/v1/reports/{report.ReportId}");
        report.State.ShouldBe("uploading");
        report.Missing.ShouldBe([0, 1, 2]);
        ReportingHost.Read(report.ContentId).ShouldBe(bundle.ContentId);

        using var filed = await host.PutFilingAsync(report.ReportId, host.Filing(bundle, host.Others[0]));
        await filed.ShouldBeAsync(204);
        await host.PutSegmentsAsync(report.ReportId, bundle);
        using var completed = await host.CompleteAsync(report.ReportId);
        var receipt = ReportingHost.Read((await completed.ShouldBeAsync<ReportCompleted>(200)).Receipt);

        var read = IntakeReceipt.Verify(receipt, host.PublicKey("receipt.pub"), bundle.ContentId).Value;
        read.ReportId.ShouldBe(ReportingHost.IdOf(report.ReportId).Value.ToByteArray(bigEndian: true));
        bundle.Segments.ShouldAllBe(segment => host.BlobIsThere(segment));
        using var status = await host.Http.GetAsync($"/v1/reports/{report.ReportId}");
        (await status.ShouldBeAsync<ReportStatus>(200)).ShouldSatisfyAllConditions(
            s => s.State.ShouldBe("complete"),
            s => s.Filed.ShouldBeTrue(),
            s => s.Missing.ShouldBeEmpty()
        );
    }

    [Fact]
    public async Task A_filed_report_stands_in_the_queue_before_its_bytes_have_arrived()
    {
        var host = await ReportingHost.JoinAsync(app);
        var (report, bundle) = await host.FileAsync();

        using var filed = await host.PutFilingAsync(report.ReportId, host.Filing(bundle, host.Others[0]));
        await filed.ShouldBeAsync(204);

        var id = ReportingHost.IdOf(report.ReportId);
        var stored = await app.InDbAsync(db =>
            db.ReportSubjects.Where(s => s.ReportId == id)
                .Join(db.Cases, s => s.CaseId, c => c.Id, (s, c) => c)
                .SingleAsync()
        );
        stored.Status.ShouldBe(CaseStatus.Open);
        stored.SubjectKind.ShouldBe(SubjectKind.Account);
        stored.Lane.ShouldBe(Lane.General);
        stored.Severity.ShouldBe(Severity.S2);
        stored.Reference.ShouldMatch(@"^TS-\d{4}-\d{6}$");
        stored.DueAt.ShouldBe(stored.OpenedAt + TimeSpan.FromHours(8));
        // Evidence 0.6 of weight 0.15 on an SLA of eight hours places it 43.2 minutes earlier (triage.md 5.2).
        stored.RankAt.ShouldBe(stored.DueAt - TimeSpan.FromMinutes(43.2), TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Every_step_is_told_in_the_event_log_once()
    {
        var host = await ReportingHost.JoinAsync(app);
        var (report, bundle) = await host.FileAsync();
        var filing = host.Filing(bundle, host.Others[0]);
        for (var twice = 0; twice < 2; twice++)
        {
            using var filed = await host.PutFilingAsync(report.ReportId, filing);
            await filed.ShouldBeAsync(204);
            await host.PutSegmentsAsync(report.ReportId, bundle);
            using var completed = await host.CompleteAsync(report.ReportId);
            await completed.ShouldBeAsync(200);
        }

        var id = ReportingHost.IdOf(report.ReportId);
        var kinds = await app.InDbAsync(async db =>
        {
            var caseId = await db.ReportSubjects.Where(s => s.ReportId == id).Select(s => s.CaseId).SingleAsync();
            return await db
                .Events.Where(e => e.CaseId == caseId.Value)
                .OrderBy(e => e.OccurredAt)
                .Select(e => e.Kind)
                .ToListAsync();
        });
        kinds.Order().ShouldBe(["case.opened", "report.complete", "report.filed"]);
    }

    [Fact]
    public async Task Reasons_and_recipient_keys_are_open_to_everybody()
    {
        using var reasons = await app.Client().GetAsync("/v1/reasons?locale=en");
        using var keys = await app.Client().GetAsync("/.well-known/moderation-keys");

        (await reasons.ShouldBeAsync<List<ReasonShape>>(200)).Select(r => r.Code).ShouldContain("harassment");
        var list = await keys.Content.ReadAsByteArrayAsync();
        list.ShouldBe(await File.ReadAllBytesAsync(Path.Combine(app.KeysDir, "public", "recipient-keys.cose")));
    }

    [Fact]
    public async Task Somebody_elses_report_looks_like_none()
    {
        var host = await ReportingHost.JoinAsync(app);
        var (report, bundle) = await host.FileAsync();
        var stranger = await ReportingHost.JoinAsync(app);

        using var read = await stranger.Http.GetAsync($"/v1/reports/{report.ReportId}");
        using var put = await stranger.PutSegmentAsync(report.ReportId, 0, bundle.Segments[0]);
        using var filed = await stranger.PutFilingAsync(report.ReportId, host.Filing(bundle), host.Device);
        using var completed = await stranger.CompleteAsync(report.ReportId);

        await read.ShouldBeProblemAsync(404, "report.not-found");
        await put.ShouldBeProblemAsync(404, "report.not-found");
        await filed.ShouldBeProblemAsync(404, "report.not-found");
        await completed.ShouldBeProblemAsync(404, "report.not-found");
        host.BlobIsThere(bundle.Segments[0]).ShouldBeFalse();
    }

    [Fact]
    public async Task An_id_of_another_kind_and_a_missing_token_are_told_apart()
    {
        var host = await ReportingHost.JoinAsync(app);

        using var wrong = await host.Http.GetAsync("/v1/reports/case_01k00000000000000000000000");
        using var unknown = await host.Http.GetAsync($"/v1/reports/{ReportId.New(app.Clock.GetUtcNow())}");
        using var nobody = await app.Client().GetAsync($"/v1/reports/{ReportId.New(app.Clock.GetUtcNow())}");

        await wrong.ShouldBeProblemAsync(400, "id.wrong-kind");
        await unknown.ShouldBeProblemAsync(404, "report.not-found");
        await nobody.ShouldBeProblemAsync(401, "auth.required");
    }
}

// When a report is complete, and what its receipt is worth.
using System.Security.Cryptography;
using System.Text.Json;
using Moderation.Contracts.Intake;
using Moderation.Evidence;

namespace Moderation.IntegrationTests.Intake;

[Collection(IntakeCollection.Name)]
public sealed class CompleteReportTests(App app)
{
    [Fact]
    public async Task Too_early_is_told_with_what_is_missing()
    {
        var host = await ReportingHost.JoinAsync(app);
        var (report, bundle) = await host.FileAsync();
        using var put = await host.PutSegmentAsync(report.ReportId, 1, bundle.Segments[1]);
        await put.ShouldBeAsync(204);

        using var answer = await host.CompleteAsync(report.ReportId);

        await answer.ShouldBeProblemAsync(409, EvidenceCodes.SegmentsMissing);
        var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        body.GetProperty("missing").EnumerateArray().Select(m => m.GetInt32()).ShouldBe([0, 2]);
    }

    [Fact]
    public async Task A_repeat_gives_the_same_receipt_also_at_the_same_time()
    {
        var host = await ReportingHost.JoinAsync(app);
        var (report, bundle) = await host.FileAsync();
        await host.PutSegmentsAsync(report.ReportId, bundle);

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => host.CompleteAsync(report.ReportId)));

        var receipts = new List<string>();
        foreach (var answer in answers)
            receipts.Add((await answer.ShouldBeAsync<ReportCompleted>(200)).Receipt);
        receipts.Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_blob_that_is_gone_is_asked_for_again_instead_of_signed_for()
    {
        var host = await ReportingHost.JoinAsync(app);
        var (report, bundle) = await host.FileAsync();
        await host.PutSegmentsAsync(report.ReportId, bundle);
        var name = Convert.ToHexStringLower(SHA256.HashData(bundle.Segments[2]));
        File.Delete(Path.Combine(app.DataDir, "blobs", name[..2], name[2..4], name));

        using var early = await host.CompleteAsync(report.ReportId);
        await early.ShouldBeProblemAsync(409, EvidenceCodes.SegmentsMissing);
        using var again = await host.PutSegmentAsync(report.ReportId, 2, bundle.Segments[2]);
        await again.ShouldBeAsync(204);
        using var done = await host.CompleteAsync(report.ReportId);

        await done.ShouldBeAsync(200);
    }
}

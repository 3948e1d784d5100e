// How a sealed segment comes in: length first, hash while it streams, a repeat for nothing.
using Moderation.Evidence;

namespace Moderation.IntegrationTests.Intake;

[Collection(IntakeCollection.Name)]
public sealed class PutSegmentTests(App app)
{
    [Fact]
    public async Task A_wrong_length_is_refused_before_a_byte_is_read()
    {
        var host = await ReportingHost.JoinAsync(app);
        var (report, bundle) = await host.FileAsync();

        using var shorter = await host.PutSegmentAsync(report.ReportId, 0, bundle.Segments[0][..^1]);
        using var longer = await host.PutSegmentAsync(report.ReportId, 0, [.. bundle.Segments[0], 0]);

        await shorter.ShouldBeProblemAsync(422, EvidenceCodes.SegmentLength);
        await longer.ShouldBeProblemAsync(422, EvidenceCodes.SegmentLength);
        (await host.StoredAsync()).Segments.ShouldBe(0);
    }

    [Fact]
    public async Task A_body_that_does_not_say_its_length_is_refused()
    {
        var host = await ReportingHost.JoinAsync(app);
        var (report, bundle) = await host.FileAsync();
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/v1/reports/{report.ReportId}/segments/0")
        {
            Content = ReportingHost.Body(bundle.Segments[0], "application/octet-stream"),
        };
        request.Headers.TransferEncodingChunked = true;

        using var answer = await host.Http.SendAsync(request);

        await answer.ShouldBeProblemAsync(422, EvidenceCodes.SegmentLength);
    }

    [Fact]
    public async Task Another_segments_bytes_of_the_same_length_are_refused()
    {
        var host = await ReportingHost.JoinAsync(app);
        var (report, bundle) = await host.FileAsync();
        bundle.Segments[1].Length.ShouldBe(bundle.Segments[0].Length);

        using var answer = await host.PutSegmentAsync(report.ReportId, 0, bundle.Segments[1]);

        await answer.ShouldBeProblemAsync(422, EvidenceCodes.SegmentHash);
        (await host.StoredAsync()).Segments.ShouldBe(0);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(-1)]
    [InlineData(int.MaxValue)]
    public async Task An_index_beyond_the_table_is_refused(int index)
    {
        var host = await ReportingHost.JoinAsync(app);
        var (report, bundle) = await host.FileAsync();

        using var answer = await host.PutSegmentAsync(report.ReportId, index, bundle.Segments[0]);

        await answer.ShouldBeProblemAsync(404, EvidenceCodes.SegmentIndex);
    }

    [Fact]
    public async Task A_repeat_is_harmless_also_at_the_same_time()
    {
        var host = await ReportingHost.JoinAsync(app);
        var (report, bundle) = await host.FileAsync();

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 5).Select(_ => host.PutSegmentAsync(report.ReportId, 0, bundle.Segments[0]))
        );
        using var later = await host.PutSegmentAsync(report.ReportId, 0, bundle.Segments[0]);

        foreach (var answer in answers)
            await answer.ShouldBeAsync(204);
        await later.ShouldBeAsync(204);
        (await host.StoredAsync()).Segments.ShouldBe(1);
        host.BlobIsThere(bundle.Segments[0]).ShouldBeTrue();
    }

    [Fact]
    public async Task A_segment_of_the_largest_size_goes_in()
    {
        var host = await ReportingHost.JoinAsync(app);
        var draft = host.Draft(await host.AskAsync());
        var segment = draft.Segments[0] with { Plaintext = new byte[EvidenceLimits.SegmentPlaintext] };
        var bundle = BundleSealer.Seal(draft with { Segments = [segment] }, host.Device);
        using var head = await host.PostHeadAsync(bundle.Head);
        var report = await head.ShouldBeAsync<Contracts.Intake.ReportAccepted>(201);

        using var answer = await host.PutSegmentAsync(report.ReportId, 0, bundle.Segments[0]);

        await answer.ShouldBeAsync(204);
    }
}

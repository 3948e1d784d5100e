// A bundle with one flipped bit is refused with the code of its region, and nothing of it is kept.
using Moderation.Contracts.Intake;
using Moderation.Evidence;

namespace Moderation.IntegrationTests.Intake;

[Collection(IntakeCollection.Name)]
public sealed class TamperedBundleTests(App app)
{
    /// <summary>Region of the file, place in it (negative from its end), and the code that names the defect.</summary>
    public static TheoryData<string, int, string> Flips =>
        new()
        {
            { "header", 0, EvidenceCodes.BadMagic },
            { "header", 9, EvidenceCodes.UnsupportedVersion },
            { "header", 11, EvidenceCodes.BadFlags },
            { "header", 31, EvidenceCodes.BadReserved },
            { "header", 12, EvidenceCodes.LimitExceeded },
            { "header", 27, EvidenceCodes.HeaderMismatch },
            { "manifest", 0, EvidenceCodes.ManifestEnvelope },
            { "manifest", 100, EvidenceCodes.ManifestSignature },
            { "manifest", -1, EvidenceCodes.ManifestSignature },
            { "table", 0, EvidenceCodes.TableMalformed },
            { "table", -10, EvidenceCodes.MerkleRoot },
            { "receipts", 0, EvidenceCodes.ReceiptsHash },
        };

    [Theory]
    [MemberData(nameof(Flips))]
    public async Task One_flipped_bit_in_the_head_part_is_refused_and_nothing_is_stored(
        string region,
        int at,
        string code
    )
    {
        var host = await ReportingHost.JoinAsync(app);
        var bundle = await host.SealAsync();
        var bent = (byte[])bundle.Head.Clone();
        bent[PlaceOf(bent, region, at)] ^= 1;

        using var refused = await host.PostHeadAsync(bent);

        await refused.ShouldBeProblemAsync(EvidenceCodes.HttpStatusOf(code), code);
        (await host.StoredAsync()).ShouldBe((0, 0, 0L));
        // The challenge is still good: the bundle as it was sealed goes in.
        using var accepted = await host.PostHeadAsync(bundle.Head);
        await accepted.ShouldBeAsync<ReportAccepted>(201);
    }

    [Fact]
    public async Task One_flipped_bit_in_a_segment_is_refused_and_nothing_is_stored()
    {
        var host = await ReportingHost.JoinAsync(app);
        var (report, bundle) = await host.FileAsync();
        var bent = (byte[])bundle.Segments[1].Clone();
        bent[^1] ^= 1;

        using var refused = await host.PutSegmentAsync(report.ReportId, 1, bent);

        await refused.ShouldBeProblemAsync(422, EvidenceCodes.SegmentHash);
        (await host.StoredAsync()).Segments.ShouldBe(0);
        host.BlobIsThere(bent).ShouldBeFalse();
        Directory.GetFiles(Path.Combine(app.DataDir, "blobs", "incoming")).ShouldBeEmpty();
        using var good = await host.PutSegmentAsync(report.ReportId, 1, bundle.Segments[1]);
        await good.ShouldBeAsync(204);
    }

    private static int PlaceOf(byte[] head, string region, int at)
    {
        var parsed = BundleHead.Parse(head).Value;
        var (start, length) = region switch
        {
            "header" => (0, EvidenceLimits.Header),
            "manifest" => (EvidenceLimits.Header, parsed.Manifest.Length),
            "table" => (EvidenceLimits.Header + parsed.Manifest.Length, parsed.Table.Length),
            _ => (head.Length - parsed.Receipts.Length, parsed.Receipts.Length),
        };
        return start + (at < 0 ? length + at : at);
    }
}

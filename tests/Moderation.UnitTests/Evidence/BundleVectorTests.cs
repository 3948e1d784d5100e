// Judges every shared bundle, good ones and ones to refuse.
using System.Security.Cryptography;

namespace Moderation.UnitTests.Evidence;

public class BundleVectorTests
{
    public static TheoryData<string> Positive => Vectors.NamesOf(Vectors.Index.GetProperty("positive"));

    public static TheoryData<string> Negative => Vectors.NamesOf(Vectors.Index.GetProperty("negative"));

    public static TheoryData<string> OpenOnly =>
        Vectors.NamesOf(Vectors.Index.GetProperty("negative"), item => item.Text("op") == "open");

    [Theory]
    [MemberData(nameof(Positive))]
    public async Task A_good_bundle_verifies_and_opens_to_the_expected_hashes_and_grades(string name)
    {
        var entry = Vectors.Index.GetProperty("positive").Named(name);
        var expect = Vectors.Json("evb1/" + entry.Text("details")).GetProperty("expect");

        var (refusal, head, segments) = await Vectors.RunAsync(
            Vectors.Read("evb1/" + entry.Text("file")),
            Vectors.State(entry.Text("keys")),
            open: true,
            TestContext.Current.CancellationToken
        );

        refusal.ShouldBeNull();
        Convert.ToHexStringLower(head!.Authentic.ContentId).ShouldBe(expect.Text("content_id"));
        Convert.ToHexStringLower(head.Authentic.Manifest.Root).ShouldBe(expect.Text("root"));
        segments.Count.ShouldBe(expect.GetProperty("segments").GetInt32());
        segments.Select(s => SHA256.HashData(s.Plaintext)).ShouldBe(expect.HexList("plaintext_sha256"));
        segments
            .Select(s => s.Grade.ToString())
            .ShouldBe(expect.GetProperty("grades").EnumerateArray().Select(grade => grade.GetString()!));
        if (expect.TryGetProperty("media_sha256", out var media))
            foreach (var (segment, hash) in segments.Zip(media.EnumerateArray()))
                if (hash.GetString() is { } expected)
                    Convert.ToHexStringLower(SHA256.HashData(segment.Media)).ShouldBe(expected);
    }

    [Theory]
    [MemberData(nameof(Negative))]
    public async Task A_bad_bundle_is_refused_with_its_exact_code(string name)
    {
        var entry = Vectors.Index.GetProperty("negative").Named(name);

        var (refusal, _, _) = await Vectors.RunAsync(
            Vectors.Read("evb1/" + entry.Text("file")),
            Vectors.State(entry.Text("keys")),
            open: entry.Text("op") == "open",
            TestContext.Current.CancellationToken
        );

        refusal?.Code.ShouldBe(entry.Text("code"));
        refusal.ShouldNotBeNull();
    }

    [Theory]
    [MemberData(nameof(OpenOnly))]
    public async Task A_bundle_that_only_fails_to_open_still_verifies(string name)
    {
        var entry = Vectors.Index.GetProperty("negative").Named(name);

        var (refusal, _, _) = await Vectors.RunAsync(
            Vectors.Read("evb1/" + entry.Text("file")),
            Vectors.State(entry.Text("keys")),
            open: false,
            TestContext.Current.CancellationToken
        );

        refusal.ShouldBeNull();
    }

    [Theory]
    [MemberData(nameof(Positive))]
    public void Encoding_what_was_read_gives_the_bytes_that_were_read(string name)
    {
        var entry = Vectors.Index.GetProperty("positive").Named(name);
        var file = Vectors.Read("evb1/" + entry.Text("file"));

        var head = Vectors.State(entry.Text("keys")).VerifyHead(file).Value;

        head.Authentic.Manifest.Encode().ShouldBe(head.Authentic.Envelope.Payload.ToArray());
        head.Structure.Descriptors.Select(descriptor => descriptor.Encode())
            .ShouldBe(head.Structure.Rows.Select(row => row.ToArray()));
    }
}

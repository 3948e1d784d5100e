// Judges every shared bundle with the verbs of `moderation bundle`, and a sample of them with the built tool.
using System.Security.Cryptography;
using System.Text.Json;
using Moderation.Cli;
using Moderation.Cli.Verbs;
using Moderation.UnitTests.Evidence;

namespace Moderation.UnitTests.Cli;

public sealed class BundleVerbTests : IDisposable
{
    private readonly Scratch scratch = new();

    public static TheoryData<string> Positive => BundleVectorTests.Positive;

    public static TheoryData<string> Negative => BundleVectorTests.Negative;

    [Theory]
    [MemberData(nameof(Positive))]
    public async Task A_good_bundle_opens_into_one_file_a_segment(string name)
    {
        var entry = Vectors.Index.GetProperty("positive").Named(name);
        var expect = Vectors.Json("evb1/" + entry.Text("details")).GetProperty("expect");

        var answer = await BundleVerbs.OpenAsync(PathOf(entry, "file"), PathOf(entry, "keys"), scratch["out"], Ct);

        answer.Refusal.ShouldBeNull();
        var json = JsonSerializer.SerializeToElement(answer.Json);
        json.GetProperty("ok").GetBoolean().ShouldBeTrue();
        json.Text("content_id").ShouldBe(expect.Text("content_id"));
        json.Text("root").ShouldBe(expect.Text("root"));
        json.GetProperty("segments").GetInt32().ShouldBe(expect.GetProperty("segments").GetInt32());
        Texts(json, "grades").ShouldBe(Texts(expect, "grades"));
        Texts(json, "plaintext_sha256").ShouldBe(Texts(expect, "plaintext_sha256"));
        var media = expect.TryGetProperty("media_sha256", out var hashes) ? hashes : default;
        for (var i = 0; i < expect.GetProperty("segments").GetInt32(); i++)
        {
            var written = await File.ReadAllBytesAsync(Path.Combine(scratch["out"], $"segment-{i}.bin"), Ct);
            var wanted = media.ValueKind == JsonValueKind.Array ? media[i].GetString() : null;
            Convert.ToHexStringLower(SHA256.HashData(written)).ShouldBe(wanted ?? Texts(expect, "plaintext_sha256")[i]);
        }
        Directory.GetFileSystemEntries(scratch["out"]).Length.ShouldBe(expect.GetProperty("segments").GetInt32());
    }

    [Theory]
    [MemberData(nameof(Positive))]
    public async Task Public_keys_are_enough_to_verify_and_nothing_is_needed_to_inspect(string name)
    {
        var entry = Vectors.Index.GetProperty("positive").Named(name);
        var keys = entry.Text("keys") == "keys.json" ? Shared("keys-public.json") : PathOf(entry, "keys");

        var verified = await BundleVerbs.VerifyAsync(PathOf(entry, "file"), keys, Ct);
        var inspected = await BundleVerbs.InspectAsync(PathOf(entry, "file"), Ct);

        verified.Refusal.ShouldBeNull();
        inspected.Refusal.ShouldBeNull();
        var json = JsonSerializer.SerializeToElement(inspected.Json, Moderation.Cli.Shared.JsonOptions);
        json.Text("content_id").ShouldBe(JsonSerializer.SerializeToElement(verified.Json).Text("content_id"));
        json.GetProperty("verified").GetBoolean().ShouldBeFalse();
        JsonSerializer
            .SerializeToElement(verified.Json)
            .EnumerateObject()
            .Select(m => m.Name)
            .ShouldBe(["ok", "content_id", "root", "segments"]);
    }

    [Theory]
    [MemberData(nameof(Negative))]
    public async Task A_bad_bundle_is_refused_with_its_exact_code_and_leaves_nothing_behind(string name)
    {
        var entry = Vectors.Index.GetProperty("negative").Named(name);

        var opened = await BundleVerbs.OpenAsync(PathOf(entry, "file"), PathOf(entry, "keys"), scratch["out"], Ct);
        var verified = await BundleVerbs.VerifyAsync(PathOf(entry, "file"), PathOf(entry, "keys"), Ct);

        opened.Refusal!.Code.ShouldBe(entry.Text("code"));
        verified.Refusal?.Code.ShouldBe(entry.Text("op") == "verify" ? entry.Text("code") : null);
        JsonSerializer.Serialize(opened.Json).ShouldBe($$"""{"ok":false,"code":"{{entry.Text("code")}}"}""");
        RefusalWords.Of(entry.Text("code")).ShouldNotStartWith("See");
        Directory.Exists(scratch["out"]).ShouldBeFalse();
    }

    [Theory]
    [InlineData("positive/attested.evb", "keys.json", "verify", 0, null)]
    [InlineData("positive/xwing-p256-keylog.evb", "keys-log.json", "open", 0, null)]
    [InlineData("negative/short-file.evb", "keys.json", "verify", 6, "evb1.truncated")]
    [InlineData("negative/attested-frame-fabricated.evb", "keys.json", "open", 6, "evb1.frames-root")]
    [InlineData("positive/sizes.evb", "keys-public.json", "open", 6, "evb1.unknown-recipient-key")]
    [InlineData("positive/sizes.evb", "index.json", "verify", 2, "cli.keys-malformed")]
    [InlineData("positive/none-such.evb", "keys.json", "verify", 3, "cli.not-found")]
    [InlineData("positive", "keys.json", "verify", 1, "cli.unreadable")]
    public async Task The_built_tool_ends_with_one_json_line_and_the_right_exit_code(
        string file,
        string keys,
        string verb,
        int exitCode,
        string? code
    )
    {
        string[] folder = verb == "open" ? ["--out", scratch["out"]] : [];

        var run = await Tool.RunAsync(["bundle", verb, Shared(file), "--keys", Shared(keys), "-o", "json", .. folder]);

        run.ExitCode.ShouldBe(exitCode, run.Error);
        run.LastLine.GetProperty("ok").GetBoolean().ShouldBe(code is null);
        if (code is not null)
            run.LastLine.Text("code").ShouldBe(code);
        if (exitCode is 1 or 2 or 3)
            run.Error.ShouldStartWith("error: ");
    }

    [Fact]
    public async Task Bad_arguments_are_told_on_stderr_and_in_json()
    {
        var run = await Tool.RunAsync("bundle", "verify", Shared("positive/sizes.evb"), "-o", "json");

        run.ExitCode.ShouldBe(2);
        run.Error.ShouldContain("--keys");
        run.LastLine.Text("code").ShouldBe("cli.usage");
    }

    [Fact]
    public async Task Inspect_reads_well_and_says_that_nothing_is_proven()
    {
        var run = await Tool.RunAsync("bundle", "inspect", Shared("positive/attested-missing-two-receipts.evb"));

        run.ExitCode.ShouldBe(0, run.Error);
        run.Output.ShouldContain("Nothing here is proven");
        run.Output.ShouldContain("0  attested media 216c0a4a      1  0:00:40.000   2.000 s");
        run.Output.ShouldContain("1dbf10ab stream 2: never received");
        run.Output.ShouldContain("window 21, 0:00:42.000 to 0:00:44.000, 1 streams");
    }

    [Fact]
    public async Task What_was_opened_can_be_read_by_its_owner_alone()
    {
        var answer = await OpenGoodAsync();

        answer.Refusal.ShouldBeNull();
        Scratch.IsForItsOwnerAlone(scratch["out"]).ShouldBeTrue();
        Directory.GetFiles(scratch["out"]).ShouldAllBe(file => Scratch.IsForItsOwnerAlone(file));
    }

    [Fact]
    public async Task A_segment_that_is_there_already_is_not_overwritten()
    {
        Directory.CreateDirectory(scratch["out"]);
        await File.WriteAllTextAsync(Path.Combine(scratch["out"], "segment-1.bin"), "mine", Ct);

        var refused = await Should.ThrowAsync<VerbException>(OpenGoodAsync);

        refused.ExitCode.ShouldBe(ExitCode.Conflict);
        Directory.GetFileSystemEntries(scratch["out"]).Length.ShouldBe(1);
        (await File.ReadAllTextAsync(Path.Combine(scratch["out"], "segment-1.bin"), Ct)).ShouldBe("mine");
    }

    [Fact]
    public async Task A_refusal_at_the_last_segment_leaves_a_folder_that_was_there_as_it_was()
    {
        Directory.CreateDirectory(scratch["out"]);
        var entry = Vectors.Index.GetProperty("negative").Named("attested-frame-garbled");

        var answer = await BundleVerbs.OpenAsync(PathOf(entry, "file"), PathOf(entry, "keys"), scratch["out"], Ct);

        answer.Refusal!.Code.ShouldBe("evb1.sframe-auth");
        Directory.Exists(scratch["out"]).ShouldBeTrue();
        Directory.GetFileSystemEntries(scratch["out"]).ShouldBeEmpty();
    }

    public void Dispose() => scratch.Dispose();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private Task<BundleAnswer> OpenGoodAsync() =>
        BundleVerbs.OpenAsync(Shared("positive/sizes.evb"), Shared("keys.json"), scratch["out"], Ct);

    private static string Shared(string path) => Path.Combine(TestPaths.Vectors, "evb1", path);

    private static string PathOf(JsonElement entry, string member) => Shared(entry.Text(member));

    private static string[] Texts(JsonElement json, string member) =>
        [.. json.GetProperty(member).EnumerateArray().Select(item => item.GetString()!)];
}

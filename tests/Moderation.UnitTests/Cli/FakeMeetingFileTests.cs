// Makes a bundle without a server and judges it with the tool's own verbs, whole and altered, in every suite.
using Moderation.Cli;
using Moderation.Cli.Verbs;
using Moderation.Domain.Reports;
using Moderation.Evidence;
using Moderation.UnitTests.Evidence;

namespace Moderation.UnitTests.Cli;

public sealed class FakeMeetingFileTests : IDisposable
{
    private static readonly FakeMeetingPlan Plan = new(Reason.ByCode("spam")!)
    {
        Length = TimeSpan.FromSeconds(12),
        Window = TimeSpan.FromSeconds(6),
        CameraGap = true,
        Note = "a synthetic note",
    };

    private readonly Scratch scratch = new();

    public static TheoryData<CoseAlgorithm, Kem, Kem> Suites
    {
        get
        {
            var suites = new TheoryData<CoseAlgorithm, Kem, Kem>();
            foreach (var device in Enum.GetValues<CoseAlgorithm>())
            foreach (var vault in Enum.GetValues<Kem>())
            foreach (var custodian in Enum.GetValues<Kem>())
                suites.Add(device, vault, custodian);
            return suites;
        }
    }

    [Theory]
    [MemberData(nameof(Suites))]
    public async Task A_bundle_of_every_suite_verifies_and_opens(CoseAlgorithm device, Kem vault, Kem custodian)
    {
        var written = await WriteAsync(new FakeSuite(device, vault, custodian), Tamper.None);

        var opened = await BundleVerbs.OpenAsync(written.File, written.Keys, scratch["out"], Ct);

        opened.Refusal.ShouldBeNull();
        Directory.GetFiles(scratch["out"]).Length.ShouldBe(written.Segments);
    }

    [Fact]
    public async Task An_attested_meeting_opens_at_G1_though_frames_were_lost_on_the_way()
    {
        var written = await WriteAsync(new FakeSuite(), Tamper.None, Plan with { Attested = true, LossPercent = 20 });

        var opened = await BundleVerbs.OpenAsync(written.File, written.Keys, scratch["out"], Ct);

        opened.Refusal.ShouldBeNull();
        var json = System.Text.Json.JsonSerializer.SerializeToElement(opened.Json);
        var grades = json.GetProperty("grades").EnumerateArray().Select(grade => grade.GetString()).ToList();
        grades.Count(grade => grade == "G1").ShouldBeGreaterThanOrEqualTo(5);
        grades.ShouldContain("G0");
    }

    [Theory]
    [InlineData(Tamper.Segment, "evb1.segment-hash")]
    [InlineData(Tamper.Signature, "evb1.manifest-signature")]
    [InlineData(Tamper.Table, "evb1.merkle-root")]
    public async Task An_altered_bundle_is_refused_with_the_code_of_its_place(Tamper tamper, string code)
    {
        var written = await WriteAsync(new FakeSuite(), tamper);

        var verified = await BundleVerbs.VerifyAsync(written.File, written.Keys, Ct);

        verified.Refusal!.Code.ShouldBe(code);
    }

    [Fact]
    public async Task The_built_tool_writes_both_files_for_their_owner_alone()
    {
        var run = await Tool.RunAsync(
            "fake-meeting",
            "--out",
            scratch["report.evb"],
            "--keys-out",
            scratch["keys.json"],
            "--gap",
            "--vault-kem",
            "xwing",
            "-o",
            "json"
        );

        run.ExitCode.ShouldBe(0, run.Error);
        run.LastLine.GetProperty("ok").GetBoolean().ShouldBeTrue();
        Directory.GetFiles(scratch.Path).ShouldAllBe(file => Scratch.IsForItsOwnerAlone(file));
        var verified = await BundleVerbs.VerifyAsync(scratch["report.evb"], scratch["keys.json"], Ct);
        verified.Refusal.ShouldBeNull();
    }

    [Fact]
    public void What_is_written_as_a_keys_file_is_read_back()
    {
        using var service = new OfflineService(
            new FakeSuite(CoseAlgorithm.Esp256, Kem.XWing, Kem.P256),
            TimeProvider.System
        );

        var state = AnnexAState.Parse(service.KeysFile());

        state.DeviceOf(service.Device.PublicKey.Kid.ToArray()).ShouldNotBeNull();
        state.MeetingOf(service.MeetingUuid)!.Hosts.ShouldBe([service.Host]);
        Vectors
            .PrivateKeys(state)
            .Select(pair => pair.Kid)
            .ShouldBe(state.Recipients.Select(r => Hpke.KidOf(r.PublicKey)));
    }

    public void Dispose() => scratch.Dispose();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private Task<FakeMeetingWritten> WriteAsync(FakeSuite suite, Tamper tamper, FakeMeetingPlan? plan = null) =>
        FakeMeetingFiles.WriteAsync(plan ?? Plan, suite, tamper, scratch["report.evb"], scratch["keys.json"], Ct);
}

// What the custody processes do when something around them is missing, changed, restarted or hostile.
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Moderation.Evidence;
using Moderation.Evidence.Custody;
using Moderation.Tests;

namespace Moderation.IntegrationTests.Opening;

[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class CustodyFaultTests : IAsyncLifetime
{
    private readonly Custody custody = new();

    public async ValueTask InitializeAsync() => await custody.PrepareAsync();

    public ValueTask DisposeAsync() => custody.DisposeAsync();

    [Fact]
    public async Task A_restart_forgets_neither_releases_nor_requests_nor_hashed_bundles()
    {
        await custody.StartCustodianAsync();
        await custody.StartVaultAsync();
        var report = SentReport.Seal(custody, notes: 1);
        var first = new Ask(custody, report);
        (await first.SendAsync()).Code.ShouldBe("");

        await Custody.StopAsync(custody.Vault);
        await Custody.StopAsync(custody.Custodian);
        File.Exists(custody.VaultSocket).ShouldBeFalse();
        await custody.StartCustodianAsync();
        await custody.StartVaultAsync();

        (await new Ask(custody, report) { GrantId = first.GrantId }.SendAsync()).Code.ShouldBe("evb1.grant-exhausted");
        (await new Ask(custody, report) { RequestId = first.RequestId }.SendAsync()).Code.ShouldBe(
            "evb1.request-replayed"
        );
        var again = await custody.Client.OpenAsync(
            new Ask(custody, report).Opening(),
            (_, _) => throw new InvalidOperationException("The segments were asked for again."),
            TestContext.Current.CancellationToken
        );
        again.Code.ShouldBe("");
    }

    [Fact]
    public async Task Without_the_custodian_nothing_opens_and_no_release_is_spent()
    {
        await custody.StartVaultAsync();
        var report = SentReport.Seal(custody, notes: 1);
        var grant = RandomNumberGenerator.GetBytes(16);

        var refused = await new Ask(custody, report) { GrantId = grant }.SendAsync();
        (await custody.Client.HealthAsync(TestContext.Current.CancellationToken))!.CustodianReachable.ShouldBeFalse();
        await custody.StartCustodianAsync();
        var opened = await new Ask(custody, report) { GrantId = grant }.SendAsync();

        refused.Code.ShouldBe(EvidenceCodes.CustodianUnavailable);
        EvidenceCodes.HttpStatusOf(refused.Code).ShouldBe(503);
        opened.Code.ShouldBe("");
    }

    [Fact]
    public async Task A_vault_killed_between_log_and_release_has_logged_and_released_nothing()
    {
        await custody.StartCustodianAsync();
        await custody.StartVaultAsync();
        var report = SentReport.Seal(custody, notes: 1);
        (await new Ask(custody, report).SendAsync()).Code.ShouldBe("");
        var log = Path.Combine(custody.VaultFolder, "log", "openings.log");
        var before = (await File.ReadAllLinesAsync(log, TestContext.Current.CancellationToken)).Length;
        // The share does not come, so the vault stands after its log entry and before the release.
        Signal(custody.Custodian, "STOP");
        var cut = new Ask(custody, report) { Releases = 5 };

        var asked = cut.SendAsync();
        for (var i = 0; i < 100 && File.ReadAllLines(log).Length == before; i++)
            await Task.Delay(20, TestContext.Current.CancellationToken);
        Signal(custody.Vault, "KILL");
        Signal(custody.Custodian, "CONT");

        (await asked).SignedObjects.ShouldBeEmpty();
        var lines = await File.ReadAllLinesAsync(log, TestContext.Current.CancellationToken);
        lines.Length.ShouldBe(before + 1);
        lines[^1].ShouldContain(Convert.ToHexStringLower(cut.RequestId));
        await custody.Vault.WaitForExitAsync(TestContext.Current.CancellationToken);
        File.Delete(custody.VaultSocket);
        await custody.StartVaultAsync();
        (await new Ask(custody, report) { GrantId = cut.GrantId }.SendAsync()).Code.ShouldBe("");
    }

    [Fact]
    public async Task Without_the_vault_the_client_answers_with_a_code_for_503()
    {
        var answer = await new Ask(custody, SentReport.Seal(custody, notes: 1)).SendAsync();

        EvidenceCodes.HttpStatusOf(answer.Code).ShouldBe(503);
        (await custody.Client.HealthAsync(TestContext.Current.CancellationToken)).ShouldBeNull();
    }

    [Fact]
    public async Task The_custodian_judges_by_its_own_registry()
    {
        ChangeRegistry(custody.CustodianFolder, registry => registry["analysts"] = new JsonArray());
        await custody.StartCustodianAsync();
        await custody.StartVaultAsync();

        var answer = await new Ask(custody, SentReport.Seal(custody, notes: 1)).SendAsync();

        answer.Code.ShouldBe(EvidenceCodes.CustodianRefused);
        await custody.ShouldSayAsync("evb1.grant-signature");
    }

    [Fact]
    public async Task A_user_who_is_not_on_the_list_is_not_heard()
    {
        ChangeRegistry(custody.VaultFolder, registry => registry["peers"] = new JsonArray(54321));
        await custody.StartCustodianAsync();
        await custody.StartVaultAsync();

        var answer = await new Ask(custody, SentReport.Seal(custody, notes: 1)).SendAsync();

        answer.Code.ShouldBe(EvidenceCodes.CustodianUnavailable);
        await custody.ShouldSayAsync("peer-refused uid=");
        File.Exists(Path.Combine(custody.VaultFolder, "log", "openings.log")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_wrap_for_a_key_the_vault_has_not_is_refused()
    {
        using var lost = Evidence.Opening.KemKeyPair.Generate(Kem.X25519);
        ChangeRegistry(
            custody.VaultFolder,
            registry =>
                registry["recipients"]!
                    .AsArray()
                    .Add(
                        new JsonObject
                        {
                            ["role"] = 1,
                            ["kem"] = 32,
                            ["kid"] = Convert.ToHexStringLower(lost.Kid),
                        }
                    )
        );
        await custody.StartCustodianAsync();
        await custody.StartVaultAsync();
        var report = SentReport.Seal(
            custody,
            notes: 1,
            [new RecipientKey(1, Kem.X25519, lost.PublicKey.ToArray()), custody.Recipients[1]]
        );

        (await new Ask(custody, report).SendAsync()).Code.ShouldBe(EvidenceCodes.UnknownRecipientKey);
    }

    [Theory]
    [InlineData("resigned-by-other-device", "evb1.share-open")]
    [InlineData("share-wrong", "evb1.cek-commit")]
    [InlineData("segment-other-key", "evb1.key-commitment")]
    public async Task A_bundle_that_lies_about_its_keys_is_refused(string name, string code)
    {
        var vectors = Vectors.Load();
        vectors.InstallRecipientKeys(custody);
        await custody.StartCustodianAsync();
        await custody.StartVaultAsync();
        var report = vectors.Report(custody, $"negative/{name}.evb");

        var answer = await new Ask(custody, report)
        {
            Granted = [.. report.Descriptors.Select(descriptor => descriptor.Index)],
            Approvers = [Custody.Anna, Custody.Carla],
        }.SendAsync();

        answer.Code.ShouldBe(code);
        answer.SignedObjects.ShouldBeEmpty();
    }

    [Fact]
    public async Task Attested_media_is_released_with_the_relays_this_host_trusts()
    {
        var vectors = Vectors.Load();
        vectors.InstallRecipientKeys(custody);
        await custody.StartCustodianAsync();
        await custody.StartVaultAsync();
        var report = vectors.Report(custody, "positive/attested.evb");
        (await new Ask(custody, report).SendAsync()).Code.ShouldBe(EvidenceCodes.ReceiptUnknownRelay);

        foreach (var relay in vectors.Relays(report.Meeting))
            await App.RunVaultAsync("trust-relay", "--dir", custody.Root, "--key", relay);
        var ask = new Ask(custody, report);
        var answer = await ask.SendAsync();

        answer.Code.ShouldBe("");
        var release = KeyRelease.Verify(answer.SignedObjects[0], custody.VaultKey).Value;
        Evidence.Opening.KeyReleaseOpening.OpenSecret(release, ask.Tab).Value.Relays.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task A_log_that_was_changed_is_named_and_stops_the_vault()
    {
        await custody.StartCustodianAsync();
        await custody.StartVaultAsync();
        var report = SentReport.Seal(custody, notes: 1);
        for (var i = 0; i < 3; i++)
            (await new Ask(custody, report).SendAsync()).Code.ShouldBe("");
        (await RunAsync("log", "verify", "--dir", custody.VaultFolder)).ShouldBe(0);
        (await RunAsync("log", "verify", "--dir", custody.CustodianFolder)).ShouldBe(0);
        await Custody.StopAsync(custody.Vault);

        var path = Path.Combine(custody.VaultFolder, "log", "openings.log");
        var lines = await File.ReadAllLinesAsync(path, TestContext.Current.CancellationToken);
        await File.WriteAllLinesAsync(path, [lines[0], lines[2]], TestContext.Current.CancellationToken);

        (await RunAsync("log", "verify", "--dir", custody.VaultFolder)).ShouldBe(2);
        (await RunAsync(VaultArguments)).ShouldBe(1);

        // A tail cut off leaves a whole chain; that requests were answered which it does not hold gives it away.
        await File.WriteAllLinesAsync(path, [lines[0], lines[1]], TestContext.Current.CancellationToken);
        (await RunAsync(VaultArguments)).ShouldBe(1);
    }

    [Fact]
    public async Task A_key_that_others_may_read_and_a_second_process_over_one_folder_are_refused()
    {
        await custody.StartVaultAsync();
        (await RunAsync(VaultArguments)).ShouldBe(1);
        await Custody.StopAsync(custody.Vault);

        var key = Path.Combine(custody.VaultFolder, "kem.key");
        File.SetUnixFileMode(key, File.GetUnixFileMode(key) | UnixFileMode.GroupRead);
        (await RunAsync(VaultArguments)).ShouldBe(1);
    }

    [Fact]
    public async Task A_registry_that_cannot_be_read_opens_nothing()
    {
        await custody.StartCustodianAsync();
        await custody.StartVaultAsync();
        await File.WriteAllTextAsync(
            Path.Combine(custody.VaultFolder, "registry.json"),
            "{",
            TestContext.Current.CancellationToken
        );

        var answer = await new Ask(custody, SentReport.Seal(custody, notes: 1)).SendAsync();

        answer.Kind.ShouldBe(VaultAnswerKind.Refused);
    }

    [Fact]
    public async Task A_message_that_is_no_request_ends_its_connection_and_nothing_else()
    {
        await custody.StartCustodianAsync();
        await custody.StartVaultAsync();
        using (
            var socket = new System.Net.Sockets.Socket(
                System.Net.Sockets.AddressFamily.Unix,
                System.Net.Sockets.SocketType.Stream,
                0
            )
        )
        {
            await socket.ConnectAsync(
                new System.Net.Sockets.UnixDomainSocketEndPoint(custody.VaultSocket),
                TestContext.Current.CancellationToken
            );
            await socket.SendAsync(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF });
            (await socket.ReceiveAsync(new byte[1])).ShouldBe(0);
        }

        (await new Ask(custody, SentReport.Seal(custody, notes: 1)).SendAsync()).Code.ShouldBe("");
    }

    [Fact]
    public async Task The_ceremony_overwrites_nothing()
    {
        var before = FileHashes();
        await App.RunVaultAsync("init", custody.Root);
        FileHashes().ShouldBe(before);

        File.Delete(Path.Combine(custody.VaultFolder, "signing.key"));
        (await RunAsync("init", custody.Root)).ShouldBe(2);
    }

    private static void Signal(Process process, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
        kill.WaitForExit();
    }

    private string[] VaultArguments =>
        [
            "vault",
            "--dir",
            custody.VaultFolder,
            "--socket",
            custody.VaultSocket + "2",
            "--custodian",
            custody.CustodianSocket,
        ];

    private string[] FileHashes() =>
        [
            .. Directory
                .GetFiles(custody.Root, "*", SearchOption.AllDirectories)
                .Order(StringComparer.Ordinal)
                .Select(path => $"{path} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)))}"),
        ];

    private static void ChangeRegistry(string folder, Action<JsonNode> change)
    {
        var path = Path.Combine(folder, "registry.json");
        var registry = JsonNode.Parse(File.ReadAllText(path))!;
        change(registry);
        File.WriteAllText(path, registry.ToJsonString());
    }

    private static async Task<int> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [App.VaultProgram, .. arguments])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        _ = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        _ = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        try
        {
            await process
                .WaitForExitAsync(TestContext.Current.CancellationToken)
                .WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
            return process.ExitCode;
        }
        finally
        {
            // A process that should have refused to start and did start.
            process.Kill();
        }
    }

    /// <summary>The shared bundles, with their recipients' private keys put in place of this installation's.</summary>
    private sealed class Vectors(AnnexAState state)
    {
        public static Vectors Load() =>
            new(AnnexAState.Parse(File.ReadAllBytes(TestPaths.Shared("vectors", "evb1", "keys.json"))));

        public void InstallRecipientKeys(Custody custody)
        {
            var entries = new JsonArray();
            foreach (var (role, folder) in ((uint, string)[])[(1, custody.VaultFolder), (2, custody.CustodianFolder)])
            {
                var recipient = state.Recipients.First(key => key.Role == role && key.Kem == Kem.X25519);
                File.WriteAllBytes(Path.Combine(folder, "kem.key"), recipient.PrivateKey!);
                entries.Add(
                    new JsonObject
                    {
                        ["role"] = role,
                        ["kem"] = 32,
                        ["kid"] = Convert.ToHexStringLower(Hpke.KidOf(recipient.PublicKey)),
                    }
                );
            }
            ChangeRegistry(custody.VaultFolder, registry => registry["recipients"] = entries);
        }

        public IEnumerable<string> Relays(byte[] meeting) =>
            state.MeetingOf(meeting)!.Relays.Select(relay => Convert.ToHexStringLower(relay.Encode()));

        public SentReport Report(Custody custody, string file)
        {
            var bytes = File.ReadAllBytes(TestPaths.Shared(["vectors", "evb1", .. file.Split('/')]));
            var verified = state.VerifyHead(bytes).Value;
            var segments = new List<byte[]>();
            var rest = bytes.AsMemory(verified.Head.Bytes.Length);
            foreach (var descriptor in verified.Structure.Descriptors)
            {
                segments.Add(rest[..(int)descriptor.CiphertextLength].ToArray());
                rest = rest[(int)descriptor.CiphertextLength..];
            }
            var manifest = verified.Authentic.Manifest;
            return new SentReport(
                verified.Head.Bytes.ToArray(),
                verified.Head.Manifest.ToArray(),
                verified.Authentic.ContentId,
                verified.Structure.Descriptors,
                segments,
                state.DeviceOf(verified.Authentic.DeviceKid)!.Key,
                manifest.Meeting,
                state.MeetingOf(manifest.Meeting)!.Hosts,
                SentReport.ReceiptFor(custody, verified.Authentic.ContentId)
            );
        }
    }
}

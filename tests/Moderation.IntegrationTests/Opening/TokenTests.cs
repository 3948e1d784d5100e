// The custodian's key in a PKCS#11 token: SoftHSM stands where an organisation plugs its own token in.
using System.Diagnostics;
using System.Text.Json.Nodes;
using Moderation.Evidence;
using Moderation.Evidence.Custody;

namespace Moderation.IntegrationTests.Opening;

[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class TokenTests : IAsyncLifetime
{
    private const string Label = "custody";
    private const string Pin = "synthetic-pin-7391";
    private readonly Custody custody = new();
    private readonly string token = Directory.CreateTempSubdirectory("token-").FullName;

    private static string Module { get; } =
        Array.Find(
            ["/usr/lib/softhsm/libsofthsm2.so", $"/usr/lib/{Triplet}-linux-gnu/softhsm/libsofthsm2.so"],
            File.Exists
        ) ?? throw new FileNotFoundException("SoftHSM is not installed; ./test installs it (package softhsm2).");

    private static string Triplet =>
        System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture
        == System.Runtime.InteropServices.Architecture.Arm64
            ? "aarch64"
            : "x86_64";

    public async ValueTask InitializeAsync()
    {
        var configuration = Path.Combine(token, "softhsm2.conf");
        Directory.CreateDirectory(Path.Combine(token, "tokens"));
        await File.WriteAllTextAsync(
            configuration,
            $"directories.tokendir = {token}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n"
        );
        custody.Environment["SOFTHSM2_CONF"] = configuration;
        custody.Environment["MODERATION_CUSTODIAN_PIN"] = Pin;
        await SoftHsmAsync("--init-token", "--free", "--label", Label, "--pin", Pin, "--so-pin", Pin);
        await custody.PrepareAsync("--level", "standard", "--module", Module, "--token", Label);
    }

    public async ValueTask DisposeAsync()
    {
        await custody.DisposeAsync();
        Directory.Delete(token, recursive: true);
    }

    [Fact]
    public async Task A_share_opens_with_a_key_that_never_leaves_its_token()
    {
        custody.Recipients[1].Kem.ShouldBe(Kem.P256);
        Directory.GetFiles(custody.CustodianFolder, "*.key").ShouldBeEmpty();
        await custody.StartCustodianAsync();
        await custody.StartVaultAsync();
        var report = SentReport.Seal(custody, notes: 2);
        for (uint index = 0; index < 2; index++)
        {
            var ask = new Ask(custody, report) { Granted = [index] };
            var answer = await ask.SendAsync();
            answer.Code.ShouldBe("");
            ask.Open(answer.SignedObjects[0], index).Refusal.ShouldBeNull();
        }

        // Neither in a file of the installation nor in what the processes wrote.
        // But for the lock, which the running custodian holds and which is empty.
        foreach (
            var file in Directory
                .GetFiles(custody.CustodianFolder, "*", SearchOption.AllDirectories)
                .Where(f => Path.GetFileName(f) != "lock")
        )
            (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).ShouldNotContain(Pin);
        custody.Output.ShouldNotContain(Pin);
        custody.Custodian.StartInfo.ArgumentList.ShouldNotContain(Pin);
    }

    [Fact]
    public async Task A_share_for_a_key_that_is_not_in_the_token_is_refused()
    {
        await custody.StartCustodianAsync();
        await custody.StartVaultAsync();
        using var other = Evidence.Opening.KemKeyPair.Generate(Kem.P256);
        Allow(other.Kid);
        var stranger = SentReport.Seal(
            custody,
            notes: 1,
            [custody.Recipients[0], new RecipientKey(2, Kem.P256, other.PublicKey.ToArray())]
        );

        (await new Ask(custody, stranger).SendAsync()).Code.ShouldBe(EvidenceCodes.CustodianRefused);

        await custody.ShouldSayAsync("evb1.unknown-recipient-key");
        (await new Ask(custody, SentReport.Seal(custody, notes: 1)).SendAsync()).Code.ShouldBe("");
    }

    [Fact]
    public async Task A_wrong_or_missing_pin_starts_nothing()
    {
        custody.Environment["MODERATION_CUSTODIAN_PIN"] = "another pin";
        string[] words = ["custodian", "--dir", custody.CustodianFolder, "--socket", custody.CustodianSocket];
        var wrong = await custody.RunAsync(words);
        wrong.Code.ShouldBe(1);
        wrong.Output.ShouldContain("CKR_PIN_INCORRECT");

        custody.Environment["MODERATION_CUSTODIAN_PIN"] = "";
        (await custody.RunAsync(words)).Code.ShouldBe(1);

        var file = Path.Combine(token, "pin");
        await File.WriteAllTextAsync(file, Pin + "\n", TestContext.Current.CancellationToken);
        var listed = await custody.RunAsync("keys", "rotate", "--dir", custody.Root, "--pin-file", file);
        listed.Code.ShouldBe(0, listed.Output);
    }

    [Fact]
    public async Task Keys_of_two_quarters_live_in_one_token_and_a_destroyed_one_is_gone_from_it()
    {
        var old = SentReport.Seal(custody, notes: 1);
        var kid = Convert.ToHexStringLower(custody.Recipients[1].Kid);
        (await custody.RunAsync("keys", "rotate", "--dir", custody.Root, "--role", "custodian")).Code.ShouldBe(0);
        await custody.ReadKeysAsync();
        custody.Recipients[1].Kem.ShouldBe(Kem.P256);
        await custody.StartCustodianAsync();
        await custody.StartVaultAsync();
        (await new Ask(custody, SentReport.Seal(custody, notes: 1)).SendAsync()).Code.ShouldBe("");
        (await new Ask(custody, old).SendAsync()).Code.ShouldBe("");
        await Custody.StopAsync(custody.Custodian);

        (await custody.RunAsync("keys", "retire", "--dir", custody.Root, "--kid", kid)).Code.ShouldBe(0);
        foreach (var name in (string[])["olga", "pete"])
            await custody.RunAsync("keys", "operator", "--dir", custody.Root, "--name", name, "--out", Secret(name));
        var order = Path.Combine(token, "order");
        (
            await custody.RunAsync([
                "keys",
                "order",
                "--dir",
                custody.Root,
                "--kid",
                kid,
                "--reason",
                "r",
                "--operator",
                Secret("olga"),
                "--out",
                order,
            ])
        ).Code.ShouldBe(0);
        var destroyed = await custody.RunAsync([
            "keys",
            "destroy",
            "--dir",
            custody.Root,
            "--order",
            order,
            "--operator",
            Secret("pete"),
            "--confirm",
            kid,
        ]);
        destroyed.Code.ShouldBe(0, destroyed.Output);

        var path = (string)JsonNode.Parse(destroyed.Output)!["certificate"]!;
        var config = CoseKey.Parse(
            Convert.FromHexString(
                (await File.ReadAllTextAsync(Path.Combine(custody.Root, "public", "config.pub"))).Trim()
            )
        )!;
        DestructionCertificate
            .Verify(await File.ReadAllBytesAsync(path), config)!
            .Method.ShouldBe("key object destroyed in its PKCS#11 token");
        Directory.GetFiles(custody.CustodianFolder, "kem*.token.json").Length.ShouldBe(1);
        await custody.StartCustodianAsync();
        (await new Ask(custody, old).SendAsync()).Code.ShouldBe(EvidenceCodes.CustodianRefused);
        (await new Ask(custody, SentReport.Seal(custody, notes: 1)).SendAsync()).Code.ShouldBe("");
    }

    private string Secret(string name) => Path.Combine(token, name + ".operator");

    private void Allow(byte[] kid)
    {
        var path = Path.Combine(custody.VaultFolder, "registry.json");
        var registry = JsonNode.Parse(File.ReadAllText(path))!;
        registry["recipients"]!
            .AsArray()
            .Add(
                new JsonObject
                {
                    ["role"] = 2,
                    ["kem"] = 16,
                    ["kid"] = Convert.ToHexStringLower(kid),
                }
            );
        File.WriteAllText(path, registry.ToJsonString());
    }

    private async Task SoftHsmAsync(params string[] words)
    {
        var start = new ProcessStartInfo("softhsm2-util", words) { RedirectStandardOutput = true };
        start.Environment["SOFTHSM2_CONF"] = custody.Environment["SOFTHSM2_CONF"];
        using var process = Process.Start(start)!;
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        process.ExitCode.ShouldBe(0);
    }
}

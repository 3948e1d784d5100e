// The life of recipient keys on the real program: made, rotated, retired, backed up, destroyed, and never back again.
using System.Text.Json.Nodes;
using Moderation.Evidence;
using Moderation.Evidence.Custody;

namespace Moderation.IntegrationTests.Opening;

[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class KeyLifeTests : IAsyncLifetime
{
    private const string Passphrase = "a synthetic passphrase";
    private readonly Custody custody = new();
    private readonly string elsewhere = Directory.CreateTempSubdirectory("key-life-").FullName;

    public ValueTask InitializeAsync()
    {
        custody.Environment["MODERATION_BACKUP_PASSPHRASE"] = Passphrase;
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await custody.DisposeAsync();
        Directory.Delete(elsewhere, recursive: true);
    }

    [Fact]
    public async Task At_the_standard_level_share_1_is_sealed_with_X_Wing()
    {
        await custody.PrepareAsync("--level", "standard");
        custody.Recipients[0].Kem.ShouldBe(Kem.XWing);
        await custody.StartCustodianAsync();
        await custody.StartVaultAsync();
        var ask = new Ask(custody, SentReport.Seal(custody, notes: 1));

        var answer = await ask.SendAsync();

        answer.Code.ShouldBe("");
        ask.Open(answer.SignedObjects[0], 0).Refusal.ShouldBeNull();
    }

    [Fact]
    public async Task A_rotation_needs_no_restart_and_leaves_the_old_key_opening()
    {
        await custody.PrepareAsync();
        await custody.StartCustodianAsync();
        await custody.StartVaultAsync();
        var before = SentReport.Seal(custody, notes: 1);
        var oldKid = custody.Recipients[0].Kid;

        (await custody.RunAsync("keys", "rotate", "--dir", custody.Root)).Code.ShouldBe(0);
        await custody.ReadKeysAsync();
        var after = SentReport.Seal(custody, notes: 1);

        custody.Recipients[0].Kid.ShouldNotBe(oldKid);
        (await new Ask(custody, after).SendAsync()).Code.ShouldBe("");
        (await new Ask(custody, before).SendAsync()).Code.ShouldBe("");
        (await StatesAsync()).ShouldBe(["previous", "previous", "current", "current"]);
    }

    [Fact]
    public async Task A_retired_key_is_in_no_list_and_opens()
    {
        await custody.PrepareAsync();
        var report = SentReport.Seal(custody, notes: 1);
        var kid = Convert.ToHexStringLower(custody.Recipients[0].Kid);
        (await custody.RunAsync("keys", "retire", "--dir", custody.Root, "--kid", kid)).Code.ShouldBe(2);
        await custody.RunAsync("keys", "rotate", "--dir", custody.Root);

        (await custody.RunAsync("keys", "retire", "--dir", custody.Root, "--kid", kid)).Code.ShouldBe(0);

        (await StatesAsync()).ShouldBe(["retired", "retired", "current", "current"]);
        Directory.GetFiles(Path.Combine(custody.Root, "public", "earlier")).ShouldBeEmpty();
        await custody.StartCustodianAsync();
        await custody.StartVaultAsync();
        (await new Ask(custody, report).SendAsync()).Code.ShouldBe("");
    }

    [Fact]
    public async Task A_destroyed_key_is_certified_and_opens_nothing_even_when_its_file_comes_back()
    {
        await custody.PrepareAsync();
        await custody.StartCustodianAsync();
        await custody.StartVaultAsync();
        var report = SentReport.Seal(custody, notes: 1);
        (await new Ask(custody, report).SendAsync()).Code.ShouldBe("");
        var kid = await RetireFirstAsync();
        var file = Path.Combine(custody.VaultFolder, "kem.key");
        File.Copy(file, Path.Combine(elsewhere, "kem.key"));
        var order = await OrderAsync(kid);

        // It runs, so the key is in its memory.
        (await DestroyAsync(order, "two", kid)).Code.ShouldBe(1);
        File.Exists(file).ShouldBeTrue();
        await Custody.StopAsync(custody.Vault);
        var done = await DestroyAsync(order, "two", kid);

        done.Code.ShouldBe(0, done.Output);
        File.Exists(file).ShouldBeFalse();
        var certificate = DestructionCertificate
            .Verify(await File.ReadAllBytesAsync(CertificateOf(kid)), Config)
            .ShouldNotBeNull();
        Convert.ToHexStringLower(certificate.Subject).ShouldBe(kid);
        certificate.Actors.ShouldBe(["olga", "pete"]);
        certificate.Bundles.ShouldHaveSingleItem().ShouldBe(report.ContentId);
        certificate.Reason.ShouldBe("Retention has ended.");
        (await LastEntryAsync()).ShouldContain("destroy");
        (await custody.RunAsync("log", "verify", "--dir", custody.VaultFolder)).Code.ShouldBe(0);

        File.Copy(Path.Combine(elsewhere, "kem.key"), file);
        await custody.StartVaultAsync();
        (await new Ask(custody, report).SendAsync()).Code.ShouldBe(EvidenceCodes.UnknownRecipientKey);
        await custody.ReadKeysAsync();
        (await new Ask(custody, SentReport.Seal(custody, notes: 1)).SendAsync()).Code.ShouldBe("");
    }

    [Fact]
    public async Task A_tombstone_stops_a_key_that_a_running_process_holds()
    {
        await custody.PrepareAsync();
        await custody.StartCustodianAsync();
        await custody.StartVaultAsync();
        var report = SentReport.Seal(custody, notes: 1);
        (await new Ask(custody, report).SendAsync()).Code.ShouldBe("");

        // Tombstones brought by hand, after the registries were lost for instance; the file of the key is there as well.
        var path = Path.Combine(custody.VaultFolder, "registry.json");
        var registry = JsonNode.Parse(await File.ReadAllTextAsync(path))!;
        registry["destroyed"] = new JsonArray(
            new JsonObject { ["kid"] = Convert.ToHexStringLower(custody.Recipients[0].Kid), ["at_ms"] = 1 }
        );
        await File.WriteAllTextAsync(path, registry.ToJsonString());

        (await new Ask(custody, report).SendAsync()).Code.ShouldBe(EvidenceCodes.UnknownRecipientKey);
    }

    [Fact]
    public async Task One_person_destroys_nothing_and_neither_does_a_stranger_or_an_unconfirmed_kid()
    {
        await custody.PrepareAsync();
        var kid = await RetireFirstAsync();
        var order = await OrderAsync(kid);
        (
            await custody.RunAsync(
                "keys",
                "operator",
                "--dir",
                custody.Root,
                "--name",
                "olga",
                "--out",
                Secret("again")
            )
        ).Code.ShouldBe(0);
        using (var stranger = CoseSigner.Generate())
        {
            await File.WriteAllBytesAsync(Secret("stranger"), stranger.ExportPrivateKey());
            File.SetUnixFileMode(Secret("stranger"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        (await DestroyAsync(order, "one", kid)).Code.ShouldBe(2);
        (await DestroyAsync(order, "again", kid)).Code.ShouldBe(2);
        (await DestroyAsync(order, "stranger", kid)).Code.ShouldBe(2);
        (await DestroyAsync(order, "two", new string('0', 64))).Code.ShouldBe(2);
        (
            await custody.RunAsync(
                "keys",
                "destroy",
                "--dir",
                custody.Root,
                "--order",
                order,
                "--operator",
                Secret("two")
            )
        ).Code.ShouldBe(1);
        (
            await custody.RunAsync(
                "keys",
                "destroy",
                "--dir",
                custody.Root,
                "--order",
                order,
                "--operator",
                Secret("two"),
                "--dry-run"
            )
        ).Code.ShouldBe(0);

        File.Exists(Path.Combine(custody.VaultFolder, "kem.key")).ShouldBeTrue();
        File.Exists(CertificateOf(kid)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_key_that_clients_may_still_seal_to_cannot_be_destroyed()
    {
        await custody.PrepareAsync();
        await AddOperatorsAsync();
        var kid = Convert.ToHexStringLower(custody.Recipients[0].Kid);
        string[] words =
        [
            "keys",
            "order",
            "--dir",
            custody.Root,
            "--kid",
            kid,
            "--reason",
            "r",
            "--operator",
            Secret("one"),
            "--out",
            Path.Combine(elsewhere, "order"),
        ];
        (await custody.RunAsync(words)).Code.ShouldBe(2);
        await custody.RunAsync("keys", "rotate", "--dir", custody.Root);
        (await custody.RunAsync(words)).Code.ShouldBe(2);
    }

    [Fact]
    public async Task A_destruction_that_was_cut_off_is_finished_by_running_it_again()
    {
        await custody.PrepareAsync();
        var kid = await RetireFirstAsync();
        var order = await OrderAsync(kid);
        // As after a fall between the tombstone and the erasure.
        foreach (var folder in (string[])[custody.VaultFolder, custody.CustodianFolder])
        {
            var path = Path.Combine(folder, "registry.json");
            var registry = JsonNode.Parse(await File.ReadAllTextAsync(path))!;
            registry["destroyed"] = new JsonArray(new JsonObject { ["kid"] = kid, ["at_ms"] = 1 });
            await File.WriteAllTextAsync(path, registry.ToJsonString());
        }

        (await DestroyAsync(order, "two", kid)).Code.ShouldBe(0);

        File.Exists(Path.Combine(custody.VaultFolder, "kem.key")).ShouldBeFalse();
        File.Exists(CertificateOf(kid)).ShouldBeTrue();
        (await DestroyAsync(order, "two", kid)).Code.ShouldBe(2);
    }

    [Fact]
    public async Task A_backup_counts_when_it_was_opened_and_brings_a_lost_key_back()
    {
        await custody.PrepareAsync();
        var backup = Path.Combine(elsewhere, "backup");
        (await custody.RunAsync("keys", "backup", "--dir", custody.Root, "--out", backup)).Code.ShouldBe(0);
        (await KeysAsync()).ShouldAllBe(key => !(bool)key["backup_proven"]!);

        custody.Environment["MODERATION_BACKUP_PASSPHRASE"] = "another passphrase";
        (await custody.RunAsync("keys", "verify-backup", "--dir", custody.Root, "--from", backup)).Code.ShouldBe(2);
        (await KeysAsync()).ShouldAllBe(key => !(bool)key["backup_proven"]!);
        custody.Environment["MODERATION_BACKUP_PASSPHRASE"] = Passphrase;
        (await custody.RunAsync("keys", "verify-backup", "--dir", custody.Root, "--from", backup)).Code.ShouldBe(0);
        (await KeysAsync()).ShouldAllBe(key => (bool)key["backup_proven"]!);

        var file = Path.Combine(custody.VaultFolder, "kem.key");
        var key = await File.ReadAllBytesAsync(file);
        foreach (var copy in Directory.GetFiles(backup))
            (await File.ReadAllBytesAsync(copy)).AsSpan().IndexOf(key).ShouldBe(-1);
        File.Delete(file);
        (await custody.RunAsync("keys", "restore", "--dir", custody.Root, "--from", backup)).Code.ShouldBe(0);
        (await File.ReadAllBytesAsync(file)).ShouldBe(key);
    }

    [Fact]
    public async Task A_backup_does_not_bring_a_destroyed_key_back()
    {
        await custody.PrepareAsync();
        var (backup, spare) = (Path.Combine(elsewhere, "backup"), Path.Combine(elsewhere, "spare"));
        await custody.RunAsync("keys", "backup", "--dir", custody.Root, "--out", backup);
        await custody.RunAsync("keys", "backup", "--dir", custody.Root, "--out", spare);
        var kid = await RetireFirstAsync();

        (await DestroyAsync(await OrderAsync(kid), "two", kid, "--backups", backup)).Code.ShouldBe(0);

        File.Exists(Path.Combine(backup, kid + ".keybackup")).ShouldBeFalse();
        File.Exists(Path.Combine(spare, kid + ".keybackup")).ShouldBeTrue();
        var restored = await custody.RunAsync("keys", "restore", "--dir", custody.Root, "--from", spare);
        restored.Code.ShouldBe(2);
        restored.Output.ShouldContain($"refused, destroyed: {kid}");
        File.Exists(Path.Combine(custody.VaultFolder, "kem.key")).ShouldBeFalse();
        (await custody.RunAsync("keys", "verify-backup", "--dir", custody.Root, "--from", spare)).Code.ShouldBe(2);
    }

    private CoseKey Config =>
        CoseKey.Parse(
            Convert.FromHexString(File.ReadAllText(Path.Combine(custody.Root, "public", "config.pub")).Trim())
        )!;

    private string Secret(string name) => Path.Combine(elsewhere, name + ".operator");

    private string CertificateOf(string kid) => Path.Combine(custody.Root, "public", "destroyed", kid + ".cose");

    private async Task<string> RetireFirstAsync()
    {
        var kid = Convert.ToHexStringLower(custody.Recipients[0].Kid);
        (await custody.RunAsync("keys", "rotate", "--dir", custody.Root)).Code.ShouldBe(0);
        (await custody.RunAsync("keys", "retire", "--dir", custody.Root, "--kid", kid)).Code.ShouldBe(0);
        return kid;
    }

    private async Task AddOperatorsAsync()
    {
        foreach (var (name, file) in ((string, string)[])[("olga", "one"), ("pete", "two")])
            (
                await custody.RunAsync("keys", "operator", "--dir", custody.Root, "--name", name, "--out", Secret(file))
            ).Code.ShouldBe(0);
    }

    private async Task<string> OrderAsync(string kid)
    {
        await AddOperatorsAsync();
        var order = Path.Combine(elsewhere, "order");
        var made = await custody.RunAsync(
            "keys",
            "order",
            "--dir",
            custody.Root,
            "--kid",
            kid,
            "--reason",
            "Retention has ended.",
            "--operator",
            Secret("one"),
            "--out",
            order
        );
        made.Code.ShouldBe(0, made.Output);
        return order;
    }

    private Task<(int Code, string Output)> DestroyAsync(
        string order,
        string file,
        string confirm,
        params string[] more
    ) =>
        custody.RunAsync([
            "keys",
            "destroy",
            "--dir",
            custody.Root,
            "--order",
            order,
            "--operator",
            Secret(file),
            "--confirm",
            confirm,
            .. more,
        ]);

    private async Task<JsonNode[]> KeysAsync()
    {
        var listed = await custody.RunAsync("keys", "list", "--dir", custody.Root);
        listed.Code.ShouldBe(0, listed.Output);
        return
        [
            .. listed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!),
        ];
    }

    private async Task<string[]> StatesAsync() => [.. (await KeysAsync()).Select(key => (string)key["state"]!)];

    private async Task<string> LastEntryAsync()
    {
        var lines = await File.ReadAllLinesAsync(Path.Combine(custody.VaultFolder, "log", "openings.log"));
        return System.Text.Encoding.Latin1.GetString(Convert.FromHexString(lines[^1].Split(' ')[0]));
    }
}

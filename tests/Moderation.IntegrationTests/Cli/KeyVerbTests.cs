// `moderation keys …`: the ceremonies through the tool an operator types, and the offline check of what they leave.
using System.Text.Json;
using Moderation.IntegrationTests.Opening;

namespace Moderation.IntegrationTests.Cli;

[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class KeyVerbTests : IAsyncLifetime
{
    private readonly Custody custody = new();
    private readonly string elsewhere = Directory.CreateTempSubdirectory("key-verbs-").FullName;

    public async ValueTask InitializeAsync() => await custody.PrepareAsync();

    public async ValueTask DisposeAsync()
    {
        await custody.DisposeAsync();
        Directory.Delete(elsewhere, recursive: true);
    }

    [Fact]
    public async Task A_key_is_rotated_retired_and_destroyed_and_its_certificate_checks_anywhere()
    {
        var kid = (await ListAsync())[0].GetProperty("kid").GetString()!;
        (await KeysAsync("rotate")).Code.ShouldBe(0);
        (await KeysAsync("retire", "--kid", kid)).Code.ShouldBe(0);
        (await ListAsync())
            .Single(key => key.GetProperty("kid").GetString() == kid)
            .GetProperty("state")
            .GetString()
            .ShouldBe("retired");
        (await KeysAsync("operator", "--name", "olga", "--out", Path("one"))).Code.ShouldBe(0);
        (await KeysAsync("operator", "--name", "pete", "--out", Path("two"))).Code.ShouldBe(0);
        var ordered = await KeysAsync([
            "order",
            "--kid",
            kid,
            "--reason",
            "Ended.",
            "--operator",
            Path("one"),
            "--out",
            Path("order"),
        ]);
        ordered.Code.ShouldBe(0, ordered.Talk);

        // The tool says refused, as it does for everything that is not allowed.
        (await DestroyAsync("one", kid)).Code.ShouldBe(4);
        var done = await DestroyAsync("two", kid);

        done.Code.ShouldBe(0, done.Talk);
        var certificate = System.IO.Path.Combine(custody.Root, "public", "destroyed", kid + ".cose");
        var config = System.IO.Path.Combine(custody.Root, "public", "config.pub");
        var good = await VerifyAsync(certificate, config);
        good.Code.ShouldBe(0, good.Talk);
        good.LastLine.GetProperty("ok").GetBoolean().ShouldBeTrue();
        good.LastLine.GetProperty("destroyed").GetString().ShouldBe("recipient_key");
        good.LastLine.GetProperty("subject").GetString().ShouldBe(kid);
        good.LastLine.GetProperty("actors").EnumerateArray().Select(a => a.GetString()).ShouldBe(["olga", "pete"]);

        var changed = await File.ReadAllBytesAsync(certificate, TestContext.Current.CancellationToken);
        changed[^1] ^= 1;
        await File.WriteAllBytesAsync(Path("changed"), changed, TestContext.Current.CancellationToken);
        var vault = System.IO.Path.Combine(custody.Root, "public", "vault.pub");
        foreach (var (file, key) in new[] { (Path("changed"), config), (certificate, vault) })
        {
            var bad = await VerifyAsync(file, key);
            bad.Code.ShouldBe(6);
            bad.LastLine.GetProperty("ok").GetBoolean().ShouldBeFalse();
            bad.LastLine.GetProperty("code").GetString().ShouldBe("certificate.invalid");
        }
        (await VerifyAsync(Path("missing"), config)).Code.ShouldBe(3);
        (await VerifyAsync(certificate, certificate)).Code.ShouldBe(2);
    }

    [Fact]
    public async Task A_backup_is_made_proven_and_brings_a_lost_key_back()
    {
        custody.Environment["MODERATION_BACKUP_PASSPHRASE"] = "a synthetic passphrase";
        var lost = System.IO.Path.Combine(custody.CustodianFolder, "kem.key");

        (await KeysAsync("backup", "--out", Path("media"))).Code.ShouldBe(0);
        (await KeysAsync("verify-backup", "--from", Path("media"))).Code.ShouldBe(0);
        (await ListAsync()).ShouldAllBe(key => key.GetProperty("backup_proven").GetBoolean());
        File.Delete(lost);
        (await KeysAsync("restore", "--from", Path("media"))).Code.ShouldBe(0);
        File.Exists(lost).ShouldBeTrue();

        custody.Environment["MODERATION_BACKUP_PASSPHRASE"] = "another synthetic one";
        (await KeysAsync("verify-backup", "--from", Path("media"))).Code.ShouldBe(4);
    }

    [Fact]
    public async Task Without_the_vaults_program_or_an_installation_a_ceremony_says_what_is_missing()
    {
        var noProgram = await CommandLine.RunAsync(Environment(""), "keys", "list", "--dir", custody.Root);
        var noFolder = await CommandLine.RunAsync(Environment(App.VaultProgram), "keys", "list");

        noProgram.Code.ShouldBe(2);
        noProgram.Talk.ShouldContain("MODERATION_VAULT_PROGRAM");
        noFolder.Code.ShouldNotBe(0);
        noFolder.Talk.ShouldContain("MODERATION_DATA");
    }

    private string Path(string name) => System.IO.Path.Combine(elsewhere, name);

    private async Task<JsonElement[]> ListAsync()
    {
        var run = await KeysAsync("list");
        run.Code.ShouldBe(0, run.Talk);
        return
        [
            .. run
                .Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonDocument.Parse(line).RootElement),
        ];
    }

    private Task<CommandRun> DestroyAsync(string operatorKey, string kid) =>
        KeysAsync(["destroy", "--order", Path("order"), "--operator", Path(operatorKey), "--confirm", kid]);

    private Task<CommandRun> KeysAsync(params string[] words) =>
        CommandLine.RunAsync(Environment(App.VaultProgram), ["keys", .. words, "--dir", custody.Root]);

    private Task<CommandRun> VerifyAsync(string certificate, string key) =>
        CommandLine.RunAsync(Environment(""), "keys", "verify-certificate", certificate, "--key", key);

    private Dictionary<string, string> Environment(string program) =>
        new(custody.Environment)
        {
            ["MODERATION_VAULT_PROGRAM"] = program,
            ["MODERATION_DATA"] = "",
            ["MODERATION_URL"] = "http://127.0.0.1:1",
            ["XDG_STATE_HOME"] = elsewhere,
        };
}

// What the operating system says about the two custody processes: users, memory, sockets, network.
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Moderation.IntegrationTests.Opening;

/// <summary>Vault and custodian as users of their own, as root starts them.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class OwnUsers : IAsyncLifetime
{
    public const uint VaultUser = 54_001;
    public const uint CustodianUser = 54_002;
    public const uint Group = 54_000;

    public Custody Custody { get; } = new();
    public static bool IsRoot => System.Environment.UserName == "root";

    public async ValueTask InitializeAsync()
    {
        await Custody.PrepareAsync();
        if (IsRoot)
        {
            (
                await Custody.RunAsync([
                    "own",
                    "--dir",
                    Custody.Root,
                    "--vault",
                    "54001",
                    "--custodian",
                    "54002",
                    "--server",
                    "0",
                ])
            ).Code.ShouldBe(0);
            Custody.Launchers["vault"] = As(VaultUser);
            Custody.Launchers["custodian"] = As(CustodianUser);
            // Where the sockets are made; the folders of the keys stay closed.
            File.SetUnixFileMode(Custody.Root, (UnixFileMode)0b111_111_111);
        }
        await Custody.StartCustodianAsync();
        await Custody.StartVaultAsync();
    }

    public ValueTask DisposeAsync() => Custody.DisposeAsync();

    public static string[] As(uint user) =>
        [
            "setpriv",
            $"--reuid={user}",
            $"--regid={Group}",
            "--clear-groups",
            "--inh-caps=+ipc_lock",
            "--ambient-caps=+ipc_lock",
        ];
}

[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class CustodyHostTests(OwnUsers users) : IClassFixture<OwnUsers>
{
    private readonly Custody custody = users.Custody;

    [Fact]
    public async Task Each_process_is_a_user_of_its_own_and_still_they_open_together()
    {
        Assert.SkipUnless(OwnUsers.IsRoot, "Only root can start processes as other users.");
        (await StatusAsync(custody.Vault, "Uid")).ShouldBe("54001 54001 54001 54001");
        (await StatusAsync(custody.Custodian, "Uid")).ShouldBe("54002 54002 54002 54002");
        (await new Ask(custody, SentReport.Seal(custody, notes: 1)).SendAsync()).Code.ShouldBe("");
        File.Exists(Path.Combine(custody.VaultFolder, "log", "openings.log")).ShouldBeTrue();
    }

    [Fact]
    public async Task Neither_user_reads_the_others_key()
    {
        Assert.SkipUnless(OwnUsers.IsRoot, "Only root can start processes as other users.");
        var (vaults, custodians) = (
            Path.Combine(custody.VaultFolder, "kem.key"),
            Path.Combine(custody.CustodianFolder, "kem.key")
        );
        (await RunAsync([.. OwnUsers.As(OwnUsers.VaultUser), "cat", vaults])).ShouldBe(0);
        (await RunAsync([.. OwnUsers.As(OwnUsers.VaultUser), "cat", custodians])).ShouldNotBe(0);
        (await RunAsync([.. OwnUsers.As(OwnUsers.CustodianUser), "cat", vaults])).ShouldNotBe(0);
    }

    [Fact]
    public async Task A_peer_of_another_user_is_hung_up_on_by_both()
    {
        Assert.SkipUnless(OwnUsers.IsRoot, "Only root can start processes as other users.");
        // In the group, so that the socket's mode lets it connect and SO_PEERCRED alone stands in the way.
        await RunAsync([
            .. OwnUsers.As(65_534),
            "curl",
            "-s",
            "-m",
            "5",
            "--unix-socket",
            custody.VaultSocket,
            "http://vault/",
        ]);
        await custody.ShouldSayAsync("peer-refused uid=65534");
        // The server may speak to the vault, not to the custodian.
        await RunAsync(["curl", "-s", "-m", "5", "--unix-socket", custody.CustodianSocket, "http://custodian/"]);
        await custody.ShouldSayAsync("peer-refused uid=0");
    }

    [Fact]
    public async Task No_thread_of_either_process_can_make_a_network_socket()
    {
        foreach (var process in Both)
        foreach (var thread in Directory.GetDirectories($"/proc/{process.Id}/task"))
        {
            (await FieldAsync(Path.Combine(thread, "status"), "Seccomp")).ShouldBe("2");
            (await FieldAsync(Path.Combine(thread, "status"), "NoNewPrivs")).ShouldBe("1");
        }

        // The same filter in a process that tries.
        var tried = await custody.RunAsync("check-host");
        tried.Code.ShouldBe(0, tried.Output);
        var answer = JsonNode.Parse(tried.Output.Split('\n')[0])!;
        ((bool)answer["unix_socket"]!).ShouldBeTrue();
        foreach (var family in (string[])["ipv4_socket", "ipv6_socket", "netlink_socket"])
            ((bool)answer[family]!).ShouldBeFalse(family);
        ((int)answer["dumpable"]!).ShouldBe(0);
    }

    [Fact]
    public async Task Neither_process_listens_anywhere_but_on_its_one_socket()
    {
        var listening = (await File.ReadAllLinesAsync("/proc/net/tcp", TestContext.Current.CancellationToken))
            .Concat(await File.ReadAllLinesAsync("/proc/net/tcp6", TestContext.Current.CancellationToken))
            .Skip(1)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words.Length > 9)
            .Select(words => $"socket:[{words[9]}]")
            .ToHashSet();
        foreach (var process in Both)
        {
            var held = Directory
                .GetFiles($"/proc/{process.Id}/fd")
                .Select(fd => new FileInfo(fd).LinkTarget ?? "")
                .ToList();
            held.ShouldContain(target => target.StartsWith("socket:", StringComparison.Ordinal));
            held.Where(listening.Contains).ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task Core_dumps_are_off_and_all_memory_is_locked_where_the_host_allows_it()
    {
        var mayLock = OwnUsers.IsRoot;
        foreach (var process in Both)
        {
            (await FieldAsync($"/proc/{process.Id}/limits", "Max core file size")).ShouldStartWith("0 0");
            var locked = int.Parse((await StatusAsync(process, "VmLck")).Split(' ')[0], CultureInfo.InvariantCulture);
            // libsodium locks its guarded pages everywhere; the rest follows where the capability is there.
            locked.ShouldBeGreaterThan(mayLock ? 10_000 : 0);
        }
    }

    private Process[] Both => [custody.Vault, custody.Custodian];

    private static Task<string> StatusAsync(Process process, string field) =>
        FieldAsync($"/proc/{process.Id}/status", field);

    private static async Task<string> FieldAsync(string path, string field)
    {
        var lines = await File.ReadAllLinesAsync(path, TestContext.Current.CancellationToken);
        var line = lines.Single(line =>
            line.StartsWith(field + ":", StringComparison.Ordinal)
            || line.StartsWith(field + " ", StringComparison.Ordinal)
        );
        var words = line[field.Length..]
            .TrimStart(':')
            .Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        return string.Join(' ', words);
    }

    private static async Task<int> RunAsync(string[] words)
    {
        var start = new ProcessStartInfo(words[0], words[1..])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        _ = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        _ = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(20));
        return process.ExitCode;
    }
}

// The real vault and the real custodian in a folder of their own, with three analysts on their registries.
using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Moderation.Evidence;
using Moderation.Features.Opening;

namespace Moderation.IntegrationTests.Opening;

public sealed class Custody : IAsyncLifetime
{
    // One ceremony for all: each installation of a test is a copy of it.
    private static readonly Lazy<Task<string>> Template = new(MakeTemplateAsync);
    private readonly StringBuilder output = new();
    private readonly List<Process> processes = [];

    public string Root { get; } = Directory.CreateTempSubdirectory("custody-").FullName;
    public string VaultFolder => Path.Combine(Root, "vault");
    public string CustodianFolder => Path.Combine(Root, "custodian");
    public string VaultSocket => Path.Combine(Root, "vault.sock");
    public string CustodianSocket => Path.Combine(Root, "custodian.sock");

    public static CoseSigner Anna { get; } = CoseSigner.Generate();
    public static CoseSigner Ben { get; } = CoseSigner.Generate(CoseAlgorithm.Esp256);
    public static CoseSigner Carla { get; } = CoseSigner.Generate();

    /// <summary>Anna's other key: no second person.</summary>
    public static CoseSigner AnnaAgain { get; } = CoseSigner.Generate();
    public CoseSigner Receipts { get; private set; } = null!;

    /// <summary>Added to the environment of every process and verb.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    /// <summary>Words in front of each process, by its verb: another user, for instance.</summary>
    public Dictionary<string, string[]> Launchers { get; } = [];
    public IReadOnlyList<RecipientKey> Recipients { get; private set; } = [];
    public CoseKey VaultKey { get; private set; } = null!;
    public VaultClient Client { get; private set; } = null!;

    /// <summary>Waits until a process has said it: its output arrives a little after its answer.</summary>
    public async Task ShouldSayAsync(string text)
    {
        for (var i = 0; i < 100 && !Output.Contains(text, StringComparison.Ordinal); i++)
            await Task.Delay(100, TestContext.Current.CancellationToken);
        Output.ShouldContain(text);
    }

    /// <summary>Every line the processes wrote.</summary>
    public string Output
    {
        get
        {
            lock (output)
                return output.ToString();
        }
    }

    public async ValueTask InitializeAsync()
    {
        await PrepareAsync();
        await StartCustodianAsync();
        await StartVaultAsync();
    }

    public async Task PrepareAsync()
    {
        using (var copy = Process.Start("cp", ["-a", $"{await Template.Value}/.", Root]))
            await copy.WaitForExitAsync();
        await ReadKeysAsync();
    }

    /// <summary>Holds a ceremony of its own, with these words after `init DIR`.</summary>
    public async Task PrepareAsync(params string[] init)
    {
        (await RunAsync(["init", Root, .. init])).Code.ShouldBe(0);
        await EnrolAsync(Root, Anna, "anna");
        await ReadKeysAsync();
    }

    /// <summary>Runs one verb to its end, whatever that is.</summary>
    public async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [App.VaultProgram, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in Environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        var text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, text + await errors);
    }

    /// <summary>Reads the public side again, after a rotation for instance.</summary>
    public async Task ReadKeysAsync()
    {
        Receipts = CoseSigner.Import(
            CoseAlgorithm.Ed25519,
            await File.ReadAllBytesAsync(Path.Combine(Root, "server", "receipt.key"))
        );
        VaultKey = PublicKey("vault.pub");
        var list = await File.ReadAllBytesAsync(Path.Combine(Root, "public", "recipient-keys.cose"));
        Recipients = RecipientKeyList.Verify(list, PublicKey("config.pub"), Now)!.ForSealing();
        var address = new VaultAddress(VaultSocket, TimeSpan.FromSeconds(20));
        Client = new VaultClient(address, NullLogger<VaultClient>.Instance);
    }

    public Task EnrolAsync(CoseSigner key, string staff) => EnrolAsync(Root, key, staff);

    public Task<Process> StartCustodianAsync() =>
        StartAsync("custodian", "--dir", CustodianFolder, "--socket", CustodianSocket);

    public Task<Process> StartVaultAsync() =>
        StartAsync("vault", "--dir", VaultFolder, "--socket", VaultSocket, "--custodian", CustodianSocket);

    public static async Task StopAsync(Process process)
    {
        using var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
        await process.WaitForExitAsync();
        process.ExitCode.ShouldBe(0);
    }

    public Process Vault => processes.Last(process => process.StartInfo.ArgumentList.Contains("vault"));
    public Process Custodian => processes.Last(process => process.StartInfo.ArgumentList.Contains("custodian"));

    public static ulong Now => (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

    public async ValueTask DisposeAsync()
    {
        foreach (var process in processes)
        {
            if (!process.HasExited)
                process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }
        Directory.Delete(Root, recursive: true);
    }

    private static async Task<string> MakeTemplateAsync()
    {
        var root = Directory.CreateTempSubdirectory("custody-template-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(root, recursive: true);
        await App.RunVaultAsync("init", root);
        await EnrolAsync(root, Anna, "anna");
        await EnrolAsync(root, Ben, "ben");
        await EnrolAsync(root, Carla, "carla", "--senior");
        await EnrolAsync(root, AnnaAgain, "anna");
        return root;
    }

    private static Task EnrolAsync(string root, CoseSigner key, string staff, params string[] flags) =>
        App.RunVaultAsync([
            "enrol",
            "--dir",
            root,
            "--staff",
            staff,
            .. flags,
            "--key",
            Convert.ToHexStringLower(key.PublicKey.Encode()),
        ]);

    private CoseKey PublicKey(string name) =>
        CoseKey.Parse(Convert.FromHexString(File.ReadAllText(Path.Combine(Root, "public", name)).Trim()))!;

    private async Task<Process> StartAsync(params string[] arguments)
    {
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        string[] words = [.. Launchers.GetValueOrDefault(arguments[0], []), "dotnet", App.VaultProgram, .. arguments];
        var start = new ProcessStartInfo(words[0], words[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in Environment)
            start.Environment[name] = value;
        var process = Process.Start(start)!;
        processes.Add(process);
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => Take(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await ready.Task.WaitAsync(TimeSpan.FromSeconds(60));
        return process;

        void Take(string? line)
        {
            lock (output)
                output.AppendLine(line);
            if (line?.Contains(" ready ", StringComparison.Ordinal) == true)
                ready.TrySetResult();
            if (line is null)
                ready.TrySetException(new InvalidOperationException(Output));
        }
    }
}

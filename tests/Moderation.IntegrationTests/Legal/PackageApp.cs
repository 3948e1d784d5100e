// The product with a vault and one published package, unpacked by GNU tar, for tests that look at it or spoil it.
using System.Diagnostics;
using Moderation.Contracts.Legal;
using Moderation.Tests;

namespace Moderation.IntegrationTests.Legal;

public sealed class PackageApp(PostgresCluster cluster) : App(cluster)
{
    private readonly string _outside = Directory.CreateTempSubdirectory("moderation-agency-").FullName;

    public ReleaseDesk Desk { get; private set; } = null!;
    public ExportShape Export { get; private set; } = null!;
    public string Tar { get; private set; } = "";
    public string AgencyKey => Path.Combine(_outside, "agency.key");
    public string Authority => Path.Combine(KeysDir, "server", "package-ca.pem");
    public string VaultKey => Path.Combine(KeysDir, "public", "vault.pub");

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await StartVaultAsync();
        Desk = await ReleaseDesk.OpenAsync(this);
        using var analyst = await Opening.AnalystTab.OpenAsync(this);
        await analyst.ClaimAsync(Desk.Case);
        using var opened = await analyst.AskAsync(Desk.Report.Id, analyst.Terms(Desk.Report.ContentId, Desk.Case, 0));
        await opened.ShouldBeAsync(200);
        using var other = await analyst.AskAsync(Desk.Report.Id, analyst.Terms(Desk.Report.ContentId, Desk.Case, 1));
        await other.ShouldBeAsync(200);
        Export = await Desk.PublishedAsync();
        Tar = await Desk.DownloadAsync(Export, _outside);
        await File.WriteAllTextAsync(AgencyKey, Convert.ToHexStringLower(Desk.Agency.ExportPrivateKey()));
    }

    /// <summary>A fresh copy of the bag, made by GNU tar.</summary>
    public async Task<string> UnpackAsync()
    {
        var into = Directory.CreateTempSubdirectory("bag-").FullName;
        Directory.Move(into, Path.Combine(_outside, Path.GetFileName(into)));
        into = Path.Combine(_outside, Path.GetFileName(into));
        (await RunAsync(into, "tar", "-xf", Tar)).Code.ShouldBe(0);
        return Path.Combine(into, Export.Name);
    }

    /// <summary>`moderation export verify` as a process of its own.</summary>
    public Task<(int Code, string Text)> VerifyAsync(string package, string? authority = null) =>
        RunAsync(
            _outside,
            "dotnet",
            Path.Combine(AppContext.BaseDirectory, "Moderation.Cli.dll"),
            "export",
            "verify",
            package,
            "--ca",
            authority ?? Authority,
            "--vault-key",
            VaultKey,
            "--key",
            AgencyKey
        );

    public static async Task<(int Code, string Text)> RunAsync(string folder, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, text + await errors);
    }

    public override async ValueTask DisposeAsync()
    {
        Desk.Dispose();
        Directory.Delete(_outside, recursive: true);
        await base.DisposeAsync();
    }
}

// What a court has without our software, and with it: tar, sha512sum, openssl, and the offline verifier as a process.
using Moderation.Contracts.Legal;

namespace Moderation.IntegrationTests.Legal;

public static class OutsideTools
{
    /// <summary>Publishes a package of the desk's case and has every outside tool accept it.</summary>
    public static async Task PublishAndAcceptAsync(this ReleaseDesk desk, App app)
    {
        var folder = Directory.CreateTempSubdirectory("moderation-court-").FullName;
        try
        {
            var export = await desk.PublishedAsync();
            var tar = await desk.DownloadAsync(export, folder);
            var key = Path.Combine(folder, "agency.key");
            await File.WriteAllTextAsync(key, Convert.ToHexStringLower(desk.Agency.ExportPrivateKey()));
            await AcceptAsync(app, export, tar, key, folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task AcceptAsync(App app, ExportShape export, string tar, string key, string folder)
    {
        var authority = Path.Combine(app.KeysDir, "server", "package-ca.pem");
        await GoodAsync(folder, "tar", "-xf", tar);
        var bag = Path.Combine(folder, export.Name);
        await GoodAsync(bag, "sha512sum", "-c", "--strict", "--quiet", "manifest-sha512.txt");
        await GoodAsync(bag, "sha512sum", "-c", "--strict", "--quiet", "tagmanifest-sha512.txt");
        string[] signature =
        [
            "cms",
            "-verify",
            "-cades",
            "-binary",
            "-inform",
            "DER",
            "-in",
            "tagmanifest-sha512.txt.p7s",
            "-content",
            "tagmanifest-sha512.txt",
            "-CAfile",
            authority,
            "-out",
            "/dev/null",
        ];
        await GoodAsync(bag, "openssl", signature);
        var program = Path.Combine(AppContext.BaseDirectory, "Moderation.Cli.dll");
        var vault = Path.Combine(app.KeysDir, "public", "vault.pub");
        await GoodAsync(
            folder,
            "dotnet",
            [program, "export", "verify", tar, "--ca", authority, "--vault-key", vault, "--key", key]
        );

        // None of them would be worth much if it could not say no.
        await File.AppendAllTextAsync(Path.Combine(bag, "data", "metadata", "case.json"), " ");
        (
            await PackageApp.RunAsync(bag, "sha512sum", "-c", "--strict", "--quiet", "manifest-sha512.txt")
        ).Code.ShouldNotBe(0);
    }

    private static async Task GoodAsync(string folder, string program, params string[] arguments)
    {
        var (code, text) = await PackageApp.RunAsync(folder, program, arguments);
        code.ShouldBe(0, $"{program}: {text}");
    }
}

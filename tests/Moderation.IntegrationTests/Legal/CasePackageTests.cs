// A published package holds under ordinary tools and our own verifier, and every touch of it shows.
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Moderation.CasePackage;

namespace Moderation.IntegrationTests.Legal;

public sealed class CasePackageTests(PackageApp app) : IClassFixture<PackageApp>
{
    [Fact]
    public async Task Ordinary_tools_accept_the_package()
    {
        var bag = await app.UnpackAsync();

        foreach (var width in new[] { "256", "512" })
        foreach (var manifest in new[] { $"manifest-sha{width}.txt", $"tagmanifest-sha{width}.txt" })
        {
            var sums = await PackageApp.RunAsync(bag, $"sha{width}sum", "-c", "--strict", "--quiet", manifest);
            sums.ShouldBe((0, ""));
        }
        var signature = await PackageApp.RunAsync(
            bag,
            "openssl",
            [
                .. "cms -verify -cades -binary -inform DER -in tagmanifest-sha512.txt.p7s -content tagmanifest-sha512.txt -out /dev/null -CAfile".Split(
                    ' '
                ),
                app.Authority,
            ]
        );
        signature.Code.ShouldBe(0, signature.Text);
        foreach (var json in Directory.EnumerateFiles(bag, "*.json", SearchOption.AllDirectories))
            (await PackageApp.RunAsync(bag, "jq", "-e", ".schema", json)).Code.ShouldBe(0, json);
    }

    [Fact]
    public async Task The_archive_is_plain_ustar_in_order()
    {
        var list = await PackageApp.RunAsync("/", "tar", "--numeric-owner", "-tvf", app.Tar);

        list.Code.ShouldBe(0, list.Text);
        var lines = list.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.ShouldAllBe(line => line.StartsWith("-rw-r--r-- 0/0", StringComparison.Ordinal));
        lines.ShouldAllBe(line => line.Contains("1970-01-01", StringComparison.Ordinal));
        var paths = lines.Select(line => line[(line.LastIndexOf(' ') + 1)..]).ToList();
        paths.ShouldBe(paths.Order(StringComparer.Ordinal));
        Convert
            .ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(app.Tar)))
            .ShouldBe(app.Export.Package!.Sha256);
    }

    [Fact]
    public async Task The_verifier_accepts_archive_and_folder_and_the_authority_opens_its_segments()
    {
        var archive = await app.VerifyAsync(app.Tar);
        var folder = await app.VerifyAsync(await app.UnpackAsync());

        archive.Code.ShouldBe(0, archive.Text);
        folder.Code.ShouldBe(0, folder.Text);
        archive.Text.ShouldContain("ok:   opening of E0001 (2 segments");
        archive.Text.ShouldContain("RESULT: VERIFIED WITHOUT TIMESTAMP");
    }

    [Fact]
    public async Task Nobody_of_staff_is_named()
    {
        var bag = await app.UnpackAsync();
        string[] people =
        [
            .. new[] { app.Desk.Liaison, app.Desk.Senior, app.Desk.Custodian }.SelectMany(p =>
                new[] { p.Member.Login, p.Member.Pseudonym, p.Member.Id.ToString(), p.Member.Id.Value.ToString() }
            ),
        ];

        foreach (var file in Directory.EnumerateFiles(bag, "*", SearchOption.AllDirectories))
        {
            var text = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file));
            foreach (var person in people)
                text.ShouldNotContain(person);
        }
    }

    [Fact]
    public async Task Custody_tells_of_the_released_segments_and_hides_the_others()
    {
        var bag = await app.UnpackAsync();
        var lines = (await File.ReadAllTextAsync(Path.Combine(bag, BagPath.Custody))).TrimEnd('\n').Split('\n');
        var told = lines.Select(line => JsonNode.Parse(line)!.AsObject()).ToList();

        told.Select(l => (string?)l["action"] ?? "stub")
            .ShouldBe(["received", "verified", "opened", "stub", "granted", "granted", "exported"]);
        told[2]["actor"]!.GetValue<string>().ShouldMatch("^analyst:[0-9a-f]{8}$");
        told[2]["grant"]!.GetValue<string>().ShouldStartWith("grant:");
        JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(bag, BagPath.Case)))!["exhibits"]![0]![
            "viewed_by_staff"
        ]!
            .GetValue<bool>()
            .ShouldBeTrue();
    }

    public enum Touch
    {
        EvidenceByte,
        FileAdded,
        FileDeleted,
        CustodyLine,
        CustodyTail,
        PlanChanged,
        FetchFile,
        Link,
        ForeignSigner,
    }

    public static TheoryData<Touch> Touches => new(Enum.GetValues<Touch>());

    [Theory]
    [MemberData(nameof(Touches))]
    public async Task Every_touch_is_seen(Touch touch)
    {
        var bag = await app.UnpackAsync();
        var evidence = Directory
            .EnumerateFiles(Path.Combine(bag, "data", "evidence"), "*.ct", SearchOption.AllDirectories)
            .First();
        var custody = Path.Combine(bag, BagPath.Custody);
        switch (touch)
        {
            case Touch.EvidenceByte:
                var bytes = await File.ReadAllBytesAsync(evidence);
                bytes[^1] ^= 1;
                await File.WriteAllBytesAsync(evidence, bytes);
                break;
            case Touch.FileAdded:
                await File.WriteAllTextAsync(Path.Combine(bag, "data", "more.txt"), "more");
                break;
            case Touch.FileDeleted:
                File.Delete(evidence);
                break;
            case Touch.CustodyLine:
                await ChangeAsync(
                    custody,
                    text => text.Replace("policy:triage", "policy:appeal", StringComparison.Ordinal)
                );
                Reseal(bag);
                break;
            case Touch.CustodyTail:
                await ChangeAsync(custody, text => text[..(text.TrimEnd('\n').LastIndexOf('\n') + 1)]);
                Reseal(bag);
                break;
            case Touch.PlanChanged:
                await ChangeAsync(
                    Path.Combine(bag, BagPath.Release),
                    text => text.Replace("\"derived\":[]", "\"derived\":[1]", StringComparison.Ordinal)
                );
                Reseal(bag);
                break;
            case Touch.FetchFile:
                await File.WriteAllTextAsync(Path.Combine(bag, "fetch.txt"), "x");
                break;
            case Touch.Link:
                File.Delete(evidence);
                File.CreateSymbolicLink(evidence, "/etc/hostname");
                break;
            case Touch.ForeignSigner:
                Reseal(bag, foreign: true);
                break;
        }

        var verdict = await app.VerifyAsync(bag);

        verdict.Code.ShouldBe(6, verdict.Text);
        var expected = touch switch
        {
            Touch.EvidenceByte => "FAIL: payload sha512",
            Touch.FileAdded => "FAIL: payload sha512",
            Touch.FileDeleted => "FAIL: payload sha512",
            Touch.CustodyLine => "FAIL: custody chain",
            Touch.CustodyTail => "FAIL: custody end",
            Touch.PlanChanged => "FAIL: release plan",
            Touch.FetchFile => "FAIL: files: fetch.txt",
            Touch.Link => "FAIL: files",
            _ => "FAIL: signature",
        };
        verdict.Text.ShouldContain(expected);
    }

    [Fact]
    public async Task An_archive_that_climbs_out_of_its_folder_is_not_unpacked()
    {
        var bag = await app.UnpackAsync();
        var evil = Path.Combine(Path.GetDirectoryName(bag)!, "evil.tar");
        await PackageApp.RunAsync(bag, "tar", "-cPf", evil, "--format=ustar", "../" + app.Export.Name + "/bagit.txt");

        var verdict = await app.VerifyAsync(evil);

        (
            verdict.Code,
            verdict.Text.Contains("FAIL: archive: it holds an unsafe path", StringComparison.Ordinal)
        ).ShouldBe((6, true));
    }

    private static async Task ChangeAsync(string file, Func<string, string> change)
    {
        var before = await File.ReadAllTextAsync(file);
        var after = change(before);
        after.ShouldNotBe(before);
        await File.WriteAllTextAsync(file, after);
    }

    // What somebody with the folder and the signer itself could do: new manifests, new seal over them.
    private void Reseal(string bag, bool foreign = false)
    {
        var signer = Path.Combine(app.KeysDir, "server", "package-signer.pem");
        if (foreign)
        {
            signer = Path.Combine(Path.GetDirectoryName(bag)!, "foreign", "package-signer.pem");
            PackageSigner.MakeFiles(signer, app.Clock.GetUtcNow());
        }
        var info = File.ReadAllLines(Path.Combine(bag, BagPath.Info))
            .Select(line => line.Split(": ", 2))
            .Where(pair => pair[0] != "Payload-Oxum")
            .ToDictionary(pair => pair[0], pair => pair[1]);
        var files = Directory
            .EnumerateFiles(Path.Combine(bag, "data"), "*", SearchOption.AllDirectories)
            .ToDictionary(file => Path.GetRelativePath(bag, file), File.ReadAllBytes);
        Directory.Delete(bag, recursive: true);
        Directory.CreateDirectory(bag);
        var writer = new BagWriter(bag);
        foreach (var (path, content) in files)
            writer.Add(path, content);
        using var seal = PackageSigner.Read(signer);
        writer.Seal(info, seal, app.Clock.GetUtcNow());
    }
}

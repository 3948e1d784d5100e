// C# and JavaScript open each other's bundles: every device algorithm, every pair of recipient kinds, every size at a chunk's edge.
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Moderation.Evidence;
using Moderation.Evidence.Opening;

namespace Moderation.UnitTests.Evidence;

public sealed class JavaScriptInteropTests : IDisposable
{
    private const int Suites = 2 * 3 * 3;
    private static readonly Kem[] Kems = [Kem.X25519, Kem.P256, Kem.XWing];
    private static readonly int[] Sizes = [0, 1, 16_383, 16_384, 16_385, 32_767, 32_768, 32_769, 100_000];
    private readonly string _folder = Directory.CreateTempSubdirectory("moderation-interop-").FullName;

    [Fact]
    public async Task What_JavaScript_seals_is_verified_and_opened_here_in_every_suite_and_size()
    {
        await NodeAsync("seal");

        var files = Directory.GetFiles(_folder, "*.evb");
        files.Length.ShouldBe(Suites);
        foreach (var file in files)
        {
            var expect = JsonDocument
                .Parse(await File.ReadAllBytesAsync(Path.ChangeExtension(file, "expect"), Ct))
                .RootElement;
            var (refusal, head, segments) = await Vectors.RunAsync(
                await File.ReadAllBytesAsync(file, Ct),
                AnnexAState.Parse(await File.ReadAllBytesAsync(Path.ChangeExtension(file, "json"), Ct)),
                open: true,
                Ct
            );

            refusal.ShouldBeNull(Path.GetFileName(file));
            Convert.ToHexStringLower(head!.Authentic.ContentId).ShouldBe(expect.Text("content_id"));
            segments.Select(s => SHA256.HashData(s.Plaintext)).ShouldBe(expect.HexList("plaintext_sha256"));
        }
    }

    [Fact]
    public async Task What_is_sealed_here_is_verified_and_opened_by_JavaScript_in_every_suite_and_size()
    {
        var sealedHere = new Dictionary<string, string[]>();
        foreach (var algorithm in new[] { CoseAlgorithm.Ed25519, CoseAlgorithm.Esp256 })
        foreach (var first in Kems)
        foreach (var second in Kems)
            sealedHere.Add(await SealAsync(algorithm, first, second), Hashes);

        var lines = (await NodeAsync("open")).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        lines.Length.ShouldBe(Suites);
        foreach (var line in lines.Select(line => JsonDocument.Parse(line).RootElement))
        {
            line.GetProperty("ok").GetBoolean().ShouldBeTrue(line.ToString());
            line.GetProperty("plaintext_sha256")
                .EnumerateArray()
                .Select(hash => hash.GetString()!)
                .ShouldBe(sealedHere[line.Text("name")]);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static byte[][] Plaintexts => [.. Sizes.Select(size => Enumerable.Repeat((byte)size, size).ToArray())];

    private static string[] Hashes => [.. Plaintexts.Select(p => Convert.ToHexStringLower(SHA256.HashData(p)))];

    private async Task<string> SealAsync(CoseAlgorithm algorithm, Kem first, Kem second)
    {
        using var world = new World
        {
            Device = CoseSigner.Generate(algorithm),
            Vault = KemKeyPair.Generate(first),
            Custodian = KemKeyPair.Generate(second),
        };
        var bundle = world.Seal([.. Plaintexts.Select((bytes, i) => world.Media(bytes, (ulong)(i * 2_000)))]);
        var name = $"net{(int)algorithm}-{(int)first}-{(int)second}";
        var path = Path.Combine(_folder, name);
        await File.WriteAllBytesAsync(
            path + ".evb",
            [.. bundle.Head, .. bundle.Segments.SelectMany(bytes => bytes)],
            Ct
        );
        await File.WriteAllTextAsync(path + ".json", StateOf(world).ToJsonString(), Ct);
        return name;
    }

    private static JsonObject StateOf(World world)
    {
        var kid = Convert.ToHexStringLower(world.Device.PublicKey.Kid);
        var meeting = Convert.ToHexStringLower(world.Meeting);
        var reporter = Convert.ToHexStringLower(world.Reporter);
        var zeros = new string('0', 64);
        return new JsonObject
        {
            ["now_ms"] = World.NowMs,
            ["devices"] = new JsonArray(
                new JsonObject
                {
                    ["kid"] = kid,
                    ["alg"] = (int)world.Device.PublicKey.Algorithm,
                    ["public"] = Convert.ToHexStringLower(world.Device.PublicKey.PublicKey),
                    ["status"] = "active",
                    ["certificate_hash"] = zeros,
                    ["last_counter"] = 0,
                    ["last_content_id"] = zeros,
                }
            ),
            ["meetings"] = new JsonArray(
                new JsonObject
                {
                    ["meeting"] = meeting,
                    ["hosts"] = new JsonArray(reporter),
                    ["relays"] = new JsonArray(),
                }
            ),
            ["challenges"] = new JsonArray(
                new JsonObject
                {
                    ["challenge"] = Convert.ToHexStringLower(world.Challenge),
                    ["device_kid"] = kid,
                    ["meeting"] = meeting,
                    ["reporter"] = reporter,
                    ["expires_ms"] = World.NowMs,
                    ["used"] = false,
                }
            ),
            ["key_checkpoints"] = new JsonArray(),
            ["recipients"] = new JsonArray(RecipientOf(1, world.Vault), RecipientOf(2, world.Custodian)),
        };
    }

    private static JsonObject RecipientOf(int role, KemKeyPair pair) =>
        new()
        {
            ["role"] = role,
            ["kem"] = (int)pair.Kem,
            ["kid"] = Convert.ToHexStringLower(pair.Kid),
            ["public"] = Convert.ToHexStringLower(pair.PublicKey),
            ["private"] = Convert.ToHexStringLower(pair.ExportPrivateKey()),
        };

    private async Task<string> NodeAsync(string verb)
    {
        var script = Path.Combine(TestPaths.Repository, "src/evidence-js/test/support/interop.js");
        using var node = Process.Start(
            new ProcessStartInfo("node", [script, verb, _folder])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var errors = node.StandardError.ReadToEndAsync(Ct);
        var output = await node.StandardOutput.ReadToEndAsync(Ct);
        await node.WaitForExitAsync(Ct);
        node.ExitCode.ShouldBe(0, await errors);
        return output;
    }
}

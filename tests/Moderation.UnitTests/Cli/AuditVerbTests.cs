// `moderation audit verify` as a user runs it: a good export, a flipped byte, a rolled-back log.
using System.Security.Cryptography;
using System.Text;
using Moderation.Evidence;
using Moderation.Evidence.Audit;

namespace Moderation.UnitTests.Cli;

public sealed class AuditVerbTests : IDisposable
{
    private const string Origin = "tests.invalid/audit";
    private readonly Scratch _scratch = new();
    private readonly NoteSigner _signer = NoteSigner.Generate(Origin);

    public void Dispose()
    {
        _signer.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public async Task A_good_export_ends_with_0_and_a_flipped_byte_with_6_and_its_entry()
    {
        var (file, key, _) = await WriteAsync(6);
        var good = await Tool.RunAsync("audit", "verify", file, "--key", key, "-o", "json");
        good.ExitCode.ShouldBe(0, good.Error);
        good.LastLine.GetProperty("size").GetInt32().ShouldBe(6);

        var bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        var at = Encoding.UTF8.GetString(bytes).IndexOf("{\"index\":4,\"entry\":\"", StringComparison.Ordinal) + 40;
        bytes[at] = bytes[at] == (byte)'A' ? (byte)'B' : (byte)'A';
        await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);
        var bad = await Tool.RunAsync("audit", "verify", file, "--key", key, "-o", "json");
        bad.ExitCode.ShouldBe(6, bad.Error);
        bad.LastLine.GetProperty("first_bad").GetInt32().ShouldBe(4);
    }

    [Fact]
    public async Task A_log_shorter_than_a_checkpoint_seen_before_ends_with_6()
    {
        var (_, _, seen) = await WriteAsync(6);
        var (file, key, _) = await WriteAsync(4);
        var run = await Tool.RunAsync("audit", "verify", file, "--key", key, "--checkpoint", seen, "-o", "json");

        run.ExitCode.ShouldBe(6, run.Error);
        run.LastLine.GetProperty("code").GetString().ShouldBe("audit.rolled-back");
    }

    private async Task<(string File, string Key, string Checkpoint)> WriteAsync(int size)
    {
        var lines = new List<string> { LogExport.Header(Origin, (ulong)size) };
        var tree = new MerkleFrontier();
        for (var i = 0; i < size; i++)
        {
            var entry = new EventEntry(new byte[16], "test.said", SHA256.HashData([(byte)i]), (ulong)i).Encode();
            lines.Add(LogExport.Leaf((ulong)i, entry, MerkleTree.LeafHash(entry)));
            tree.Append(MerkleTree.LeafHash(entry));
        }
        var note = new Checkpoint(Origin, tree.Size, tree.Root()).Sign([_signer]).ToString();
        lines.Add(LogExport.Checkpoint(note));
        var text = string.Concat(lines.Select(line => line + "\n"));
        text += LogExport.End((ulong)size, SHA256.HashData(Encoding.UTF8.GetBytes(text))) + "\n";
        var (file, key, checkpoint) = (
            Path.Combine(_scratch.Path, $"log-{size}.ndjson"),
            Path.Combine(_scratch.Path, "log.pub"),
            Path.Combine(_scratch.Path, $"seen-{size}.txt")
        );
        await File.WriteAllTextAsync(file, text);
        await File.WriteAllTextAsync(key, $"{_signer.PublicKey}\n");
        await File.WriteAllTextAsync(checkpoint, note);
        return (file, key, checkpoint);
    }
}

// An export of the audit log: whatever is done to it is found, with the first entry that is bad.
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Moderation.Evidence;
using Moderation.Evidence.Audit;

namespace Moderation.UnitTests.Audit;

public sealed class LogExportTests : IDisposable
{
    private const string Origin = "tests.invalid/audit";
    private const int Size = 20;
    private readonly NoteSigner _signer = NoteSigner.Generate(Origin);
    private readonly List<string> _lines;
    private readonly List<Checkpoint> _checkpoints = [];

    public LogExportTests() => _lines = Export(Size, _ => { });

    public void Dispose() => _signer.Dispose();

    [Fact]
    public void The_log_as_it_was_written_holds_also_against_what_was_seen_before()
    {
        using var check = Check(_checkpoints[1], _checkpoints[3]);
        Run(check, _lines).ShouldBeNull();
        check.Size.ShouldBe((ulong)Size);
        check.Checkpoints.ShouldBe(4);
        check.Root().ShouldBe(_checkpoints[^1].Root);
    }

    [Fact]
    public void Every_flipped_bit_of_the_file_is_found()
    {
        var file = string.Concat(_lines.Select(line => line + "\n"));
        var bytes = Encoding.UTF8.GetBytes(file);
        for (var i = 0; i < bytes.Length; i++)
        {
            byte[] bad = [.. bytes];
            bad[i] ^= (byte)(1 << (i % 7));
            Run(Encoding.UTF8.GetString(bad).Split('\n')[..^1]).ShouldNotBeNull($"byte {i}");
        }
    }

    [Fact]
    public void A_flipped_bit_of_an_entry_names_that_entry()
    {
        for (var index = 0; index < Size; index++)
        {
            var at = LineOf(index);
            var entry = EntryOf(index);
            var bad = Base64Url.EncodeToString(Flip(entry));
            var lines = With(at, _lines[at].Replace(Base64Url.EncodeToString(entry), bad, StringComparison.Ordinal));
            Run(lines)
                .ShouldNotBeNull()
                .ShouldSatisfyAllConditions(
                    fault => fault.Index.ShouldBe((ulong)index),
                    fault => fault.Code.ShouldBe("audit.entry-altered")
                );
        }
    }

    [Fact]
    public void A_removed_entry_is_named()
    {
        var lines = _lines.Where((_, at) => at != LineOf(7)).ToList();
        Run(lines)
            .ShouldNotBeNull()
            .ShouldSatisfyAllConditions(
                fault => fault.Index.ShouldBe(7UL),
                fault => fault.Code.ShouldBe("audit.entry-missing")
            );
    }

    [Fact]
    public void Two_entries_that_changed_places_are_named()
    {
        var lines = _lines.ToList();
        (lines[LineOf(11)], lines[LineOf(12)]) = (lines[LineOf(12)], lines[LineOf(11)]);
        Run(lines).ShouldNotBeNull().Index.ShouldBe(11UL);
    }

    [Fact]
    public void A_cut_file_is_named_where_it_ends()
    {
        foreach (var keep in new[] { 0, 1, 5, 12, _lines.Count - 2, _lines.Count - 1 })
        {
            var kept = _lines.Take(keep).ToList();
            var entries = kept.Count(line => line.Contains("\"entry\"", StringComparison.Ordinal));
            Run(kept).ShouldNotBeNull($"{keep} lines").Index.ShouldBe((ulong)entries);
        }
    }

    [Fact]
    public void A_log_rewritten_in_itself_consistently_fails_at_the_first_checkpoint_over_the_change()
    {
        // Whoever has the database but not the key: everything is made anew, the old signatures are kept.
        var forged = Export(Size, entries => entries[9] = [1, 2, 3], sign: false);
        Run(forged)
            .ShouldNotBeNull()
            .ShouldSatisfyAllConditions(fault => fault.Code.ShouldBe("audit.root"), fault => fault.Index.ShouldBe(5UL));
    }

    [Fact]
    public void A_log_rewritten_with_the_key_fails_against_a_checkpoint_seen_before()
    {
        var seen = _checkpoints[2];
        var forged = Export(Size, entries => entries[9] = [1, 2, 3]);
        Run(forged).ShouldBeNull();
        using var check = Check(seen);
        Run(check, forged).ShouldNotBeNull().Code.ShouldBe("audit.inconsistent");
    }

    [Fact]
    public void A_log_rolled_back_fails_against_a_checkpoint_seen_before()
    {
        var seen = _checkpoints[3];
        using var check = Check(seen);
        Run(check, Export(15, _ => { })).ShouldNotBeNull().Code.ShouldBe("audit.rolled-back");
    }

    [Fact]
    public void Without_the_pinned_key_nothing_holds()
    {
        using var other = NoteSigner.Generate(Origin);
        using var check = new LogExportCheck([other.PublicKey], [], []);
        Run(check, _lines).ShouldNotBeNull().Code.ShouldBe("audit.checkpoint-signature");
    }

    // A checkpoint after every five entries; without signing, those of the true log stand over whatever is written.
    private List<string> Export(int size, Action<List<byte[]>> forge, bool sign = true)
    {
        var entries = Enumerable
            .Range(0, size)
            .Select(i =>
                new EventEntry(
                    SHA256.HashData([(byte)i])[..16],
                    "test.said",
                    SHA256.HashData([(byte)i, 1]),
                    (ulong)i
                ).Encode()
            )
            .ToList();
        forge(entries);
        if (sign)
            _checkpoints.Clear();
        var lines = new List<string> { LogExport.Header(Origin, (ulong)size) };
        var tree = new MerkleFrontier();
        foreach (var entry in entries)
        {
            var hash = MerkleTree.LeafHash(entry);
            lines.Add(LogExport.Leaf(tree.Size, entry, hash));
            tree.Append(hash);
            if (tree.Size % 5 != 0)
                continue;
            if (sign)
                _checkpoints.Add(new Checkpoint(Origin, tree.Size, tree.Root()));
            lines.Add(LogExport.Checkpoint(_checkpoints[(int)tree.Size / 5 - 1].Sign([_signer]).ToString()));
        }
        var digest = SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n"))));
        lines.Add(LogExport.End((ulong)size, digest));
        return lines;
    }

    private LogExportCheck Check(params Checkpoint[] seen) => new([_signer.PublicKey], [], seen);

    private LogFault? Run(IEnumerable<string> lines)
    {
        using var check = Check();
        return Run(check, lines);
    }

    private static LogFault? Run(LogExportCheck check, IEnumerable<string> lines) =>
        lines.Select(check.Take).FirstOrDefault(fault => fault is not null) ?? check.Finish();

    private int LineOf(int index) =>
        _lines.FindIndex(line => line.StartsWith($"{{\"index\":{index},", StringComparison.Ordinal));

    private byte[] EntryOf(int index)
    {
        using var json = System.Text.Json.JsonDocument.Parse(_lines[LineOf(index)]);
        return Base64Url.DecodeFromChars(json.RootElement.GetProperty("entry").GetString());
    }

    private List<string> With(int at, string line) => [.. _lines.Select((old, i) => i == at ? line : old)];

    private static byte[] Flip(byte[] bytes)
    {
        byte[] changed = [.. bytes];
        changed[^1] ^= 1;
        return changed;
    }
}

// The list of what was destroyed: appended once each, by many at once, and a line that was taken out shows.
using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;
using Moderation.Features.Storage;

namespace Moderation.IntegrationTests.Storage;

public sealed class TombstoneLogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("moderation-stones-").FullName;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_added_by_several_at_once_is_read_back_once_each()
    {
        var stones = Enumerable.Range(0, 12).Select(_ => Stone()).ToList();

        await Task.WhenAll(stones.Concat(stones).Select(s => Log().AddAsync(s, Ct)));

        var read = await Log().ReadAsync(Ct);
        read.Select(s => Convert.ToHexString(s.ContentId))
            .Order()
            .ShouldBe(stones.Select(s => Convert.ToHexString(s.ContentId)).Order());
        read.ShouldAllBe(s => s.Reason == "erasure, request 7" && s.Certificate.Length == 90);
    }

    [Fact]
    public async Task A_line_that_was_taken_out_or_changed_is_noticed()
    {
        for (var i = 0; i < 3; i++)
            await Log().AddAsync(Stone(), Ct);
        var lines = await File.ReadAllLinesAsync(Path.Combine(_folder, "tombstones.log"), Ct);

        await File.WriteAllLinesAsync(Path.Combine(_folder, "tombstones.log"), [lines[0], lines[2]], Ct);

        await Should.ThrowAsync<InvalidDataException>(() => Log().ReadAsync(Ct));
    }

    [Fact]
    public async Task A_line_that_a_power_cut_tore_off_is_no_tombstone_and_the_next_one_takes_its_place()
    {
        var (first, second) = (Stone(), Stone());
        await Log().AddAsync(first, Ct);
        await File.AppendAllTextAsync(Path.Combine(_folder, "tombstones.log"), "0123456789abcdef torn", Ct);

        (await Log().ReadAsync(Ct)).Count.ShouldBe(1);
        await Log().AddAsync(second, Ct);

        (await Log().ReadAsync(Ct)).Select(s => s.ContentId).ShouldBe([first.ContentId, second.ContentId]);
    }

    [Fact]
    public async Task Without_a_log_nothing_was_destroyed() => (await Log().ReadAsync(Ct)).ShouldBeEmpty();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private TombstoneLog Log() =>
        new(
            new ConfigurationBuilder()
                .AddInMemoryCollection(new Dictionary<string, string?> { ["Storage:Tombstones"] = _folder })
                .Build(),
            TimeProvider.System
        );

    private static Tombstone Stone() =>
        new(
            RandomNumberGenerator.GetBytes(32),
            DateTimeOffset.UnixEpoch.AddDays(20_000),
            "erasure, request 7",
            RandomNumberGenerator.GetBytes(90)
        );
}

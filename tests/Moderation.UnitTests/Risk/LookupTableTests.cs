// The look-up tables agree with a linear scan over the ranges they were built from.
using System.Security.Cryptography;
using Moderation.Domain.Risk;

namespace Moderation.UnitTests.Risk;

public class LookupTableTests
{
    [Fact]
    public void Ipv4_agrees_with_a_linear_scan_on_ten_thousand_random_sets()
    {
        for (var set = 0; set < 10_000; set++)
        {
            var ranges = Enumerable.Range(0, 12).Select(_ => Ipv4Range()).ToList();
            var table = new Ipv4Table<AddressClasses>(AddressRanges.Unite(ranges));
            foreach (var address in Probes(ranges, uint.MaxValue, a => a + 1, a => a - 1))
                table[address].ShouldBe(Scan(ranges, address));
        }
    }

    [Fact]
    public void Ipv6_agrees_with_a_linear_scan_on_random_sets()
    {
        for (var set = 0; set < 2_000; set++)
        {
            var ranges = Enumerable.Range(0, 12).Select(_ => Ipv6Range()).ToList();
            var table = new Ipv6Table<AddressClasses>(AddressRanges.Unite(ranges));
            foreach (var address in Probes(ranges, UInt128.MaxValue, a => a + 1, a => a - 1))
                table[address].ShouldBe(Scan(ranges, address));
        }
    }

    [Fact]
    public void A_network_inside_another_answers_for_its_own_addresses_only()
    {
        var table = new Ipv4Table<int>(
            AddressRanges.Nest<uint>([
                new(100, 900, 1),
                new(300, 400, 2),
                new(350, 360, 3),
                new(uint.MaxValue - 1, uint.MaxValue, 4),
            ])
        );

        int[] answers =
        [
            .. new uint[] { 99, 100, 299, 300, 349, 350, 360, 361, 400, 401, 900, 901 }.Select(a => table[a]),
        ];
        answers.ShouldBe([0, 1, 1, 2, 2, 3, 3, 2, 2, 1, 1, 0]);
        table[uint.MaxValue].ShouldBe(4);
    }

    [Fact]
    public void The_shipped_ranges_answer_like_the_rows_they_come_from()
    {
        var rows = File.ReadAllLines(Path.Combine(TestPaths.Shared, "data/risk/ip/hosting-v6.txt"));
        foreach (var row in rows.Where((_, i) => i % 20 == 0))
        {
            AddressText.TryParseNetwork(row, out var first, out var last, out _).ShouldBeTrue();
            RiskTestData
                .Snapshot.ClassesOf(new NetworkAddress(first, false))
                .HasFlag(AddressClasses.Hosting)
                .ShouldBeTrue();
            RiskTestData
                .Snapshot.ClassesOf(new NetworkAddress(last, false))
                .HasFlag(AddressClasses.Hosting)
                .ShouldBeTrue();
        }
    }

    // Few upper halves, so that ranges overlap and slots have neighbours; both ends of the space are hit too.
    static AddressRange<uint, AddressClasses> Ipv4Range()
    {
        uint[] uppers = [0, 1, 2, 0x7fff, 0xfffe, 0xffff];
        var a = (uppers[Next(6)] << 16) | (uint)(Next(4) * 0x5555);
        var b = (uppers[Next(6)] << 16) | (uint)(Next(4) * 0x5555);
        return new(Math.Min(a, b), Math.Max(a, b), AnyFlag());
    }

    static AddressRange<UInt128, AddressClasses> Ipv6Range()
    {
        UInt128[] uppers = [0, 1, 0x2001, 0xffff];
        var a = (uppers[Next(4)] << 112) | ((UInt128)Next(3) << 64) | (UInt128)Next(3);
        var b = (uppers[Next(4)] << 112) | (UInt128.MaxValue >> (16 + 30 * Next(3)));
        return new(UInt128.Min(a, b), UInt128.Max(a, b), AnyFlag());
    }

    static AddressClasses AnyFlag() => (AddressClasses)(1 << Next(4));

    static int Next(int below) => RandomNumberGenerator.GetInt32(below);

    static IEnumerable<T> Probes<T>(List<AddressRange<T, AddressClasses>> ranges, T max, Func<T, T> up, Func<T, T> down)
        where T : struct, IComparable<T>
    {
        yield return default;
        yield return max;
        foreach (var range in ranges)
        {
            yield return range.First;
            yield return range.Last;
            if (range.First.CompareTo(default) > 0)
                yield return down(range.First);
            if (range.Last.CompareTo(max) < 0)
                yield return up(range.Last);
        }
    }

    static AddressClasses Scan<T>(List<AddressRange<T, AddressClasses>> ranges, T address)
        where T : struct, IComparable<T>
    {
        var flags = AddressClasses.None;
        foreach (var range in ranges)
            if (range.First.CompareTo(address) <= 0 && range.Last.CompareTo(address) >= 0)
                flags |= range.Value;
        return flags.HasFlag(AddressClasses.AppleRelay)
            ? flags & ~(AddressClasses.Vpn | AddressClasses.Hosting)
            : flags;
    }
}

// Reads the files of a data folder for a snapshot, refusing any that does not parse.
using System.Security.Cryptography;

namespace Moderation.Domain.Risk;

public sealed partial class RiskSnapshot
{
    sealed class FolderReader(Func<string, Stream?> open, DateTimeOffset? frozenAt)
    {
        readonly RiskDataVersions versions = RiskDataVersions.Read(open);

        public Dictionary<string, DataSource> Sources { get; } = new(StringComparer.Ordinal);

        public PublicSuffixes? Suffixes()
        {
            if (Bytes(RiskFiles.PublicSuffixList) is not { } bytes)
                return null;
            using var text = RiskListText.Open(bytes);
            var suffixes = PublicSuffixes.Parse(text, out var malformed);
            Record(
                RiskFiles.PublicSuffixList,
                bytes,
                suffixes.Count,
                malformed * 1000L <= suffixes.Count && suffixes.Count > 0
            );
            return suffixes;
        }

        public List<T>? Rows<T>(string name, Func<TextReader, ParsedList<T>> parse)
        {
            if (Bytes(name) is not { } bytes)
                return null;
            using var text = RiskListText.Open(bytes);
            var list = parse(text);
            Record(name, bytes, list.Rows.Count, list.IsSound);
            return list.Rows;
        }

        public DomainSet? Domains(string name, Func<TextReader, ParsedList<string>> parse) =>
            Rows(name, parse) is { } rows ? new DomainSet(rows) : null;

        public TTable? NetworkTable<TTable>(string name, Func<List<AddressRange<UInt128, int>>, TTable> build)
            where TTable : class => Rows(name, RiskListText.NetworkTable) is { } rows ? build(rows) : null;

        void Record(string name, byte[] bytes, int rows, bool isSound)
        {
            if (!isSound)
                throw new InvalidDataException($"{RiskFiles.Paths[name]} does not parse as a list of its kind");
            var source = versions.Of(name, Convert.ToHexStringLower(SHA256.HashData(bytes)), rows);
            Sources[name] = frozenAt is null ? source : source with { AsOf = frozenAt };
        }

        byte[]? Bytes(string name)
        {
            using var stream = open(RiskFiles.Paths[name]);
            if (stream is null)
                return null;
            using var copy = new MemoryStream();
            stream.CopyTo(copy);
            return copy.ToArray();
        }
    }

    sealed class RangeCollector
    {
        const AddressClasses Listed =
            AddressClasses.Vpn | AddressClasses.Hosting | AddressClasses.AppleRelay | AddressClasses.TorExit;

        readonly List<AddressRange<uint, AddressClasses>> v4 = [];
        readonly List<AddressRange<UInt128, AddressClasses>> v6 = [];
        AddressClasses missingV4 = Listed;
        AddressClasses missingV6 = Listed;

        public void Add(List<AddressRange<UInt128, bool>>? ranges, AddressClasses flag, bool bothFamilies = false)
        {
            foreach (var range in ranges ?? [])
            {
                if (range.Value)
                    v4.Add(new AddressRange<uint, AddressClasses>((uint)range.First, (uint)range.Last, flag));
                else
                    v6.Add(new AddressRange<UInt128, AddressClasses>(range.First, range.Last, flag));
                if (range.Value || bothFamilies)
                    missingV4 &= ~flag;
                if (!range.Value || bothFamilies)
                    missingV6 &= ~flag;
            }
        }

        public (Ipv4Table<AddressClasses>, Ipv6Table<AddressClasses>, AddressClasses, AddressClasses) Build() =>
            (
                new Ipv4Table<AddressClasses>(AddressRanges.Unite(v4)),
                new Ipv6Table<AddressClasses>(AddressRanges.Unite(v6)),
                missingV4,
                missingV6
            );
    }
}

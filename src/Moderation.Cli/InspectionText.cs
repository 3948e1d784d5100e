// Writes what a bundle says of itself, as a page to read and as an object for machines.
using System.Globalization;
using System.Text;
using Moderation.Evidence;
using Moderation.Evidence.Opening;

namespace Moderation.Cli;

public static class InspectionText
{
    public static void Write(TextWriter to, string name, BundleInspection bundle)
    {
        var manifest = bundle.Claimed.Manifest;
        to.WriteLine($"{name}: {Count(manifest.TotalCiphertext + (ulong)bundle.Head.Bytes.Length)} bytes, evb1");
        to.WriteLine("Nothing here is proven: no signature was checked. `moderation bundle verify` does.");
        WriteHead(to, bundle);
        WriteManifest(to, manifest);
        WriteSegments(to, bundle.Descriptors);
        WriteReceipts(to, bundle);
    }

    public static object JsonOf(BundleInspection bundle)
    {
        var manifest = bundle.Claimed.Manifest;
        return new
        {
            Ok = true,
            ContentId = Hex(bundle.Claimed.ContentId),
            Root = Hex(manifest.Root),
            Segments = bundle.Descriptors.Count,
            Verified = false,
            Header = new
            {
                Version = 1,
                Manifest = bundle.Head.Manifest.Length,
                Table = bundle.Head.Table.Length,
                Receipts = bundle.Head.Receipts.Length,
                Segments = bundle.Head.SegmentCount,
            },
            Signer = new { Kid = bundle.Claimed.Envelope.KidHex, Alg = bundle.Claimed.Envelope.Algorithm },
            Manifest = new
            {
                BundleId = Hex(manifest.BundleId),
                Suite = Manifest.Suite,
                Challenge = Hex(manifest.Challenge),
                MeetingUuid = Hex(manifest.Meeting),
                Reporter = Hex(manifest.Reporter),
                manifest.Counter,
                manifest.Created,
                manifest.WindowStart,
                manifest.WindowEnd,
                manifest.Reason,
                manifest.SegmentCount,
                manifest.TotalCiphertext,
                CekCommit = Hex(manifest.CekCommit),
                ReceiptsHash = Hex(manifest.ReceiptsHash),
                manifest.Sdk,
                DeviceCertificate = Hex(manifest.DeviceCertificate),
                KeyCheckpoint = Hex(manifest.KeyCheckpoint),
                Previous = Hex(manifest.Previous),
            },
            Recipients = manifest.Recipients.Select(wrap => new
            {
                wrap.Role,
                Kem = (int)wrap.Kem,
                Kid = Hex(wrap.Kid),
            }),
            Table = bundle.Descriptors.Select(segment => new
            {
                segment.Index,
                segment.Kind,
                Participant = Hex(segment.Participant),
                segment.Stream,
                segment.T0,
                segment.Duration,
                segment.PlaintextLength,
                segment.CiphertextLength,
                CiphertextHash = Hex(segment.CiphertextHash),
                segment.Content,
                segment.Receipt,
                BestGrade = BestGrade(segment),
            }),
            Receipts = bundle.Receipts.Select(receipt => new
            {
                RelayKid = Hex(receipt.RelayKid),
                Alg = receipt.Algorithm,
                MeetingUuid = Hex(receipt.Receipt.Meeting),
                receipt.Receipt.Window,
                receipt.Receipt.WindowStart,
                receipt.Receipt.WindowEnd,
                Leaves = receipt.Receipt.LeafCount,
                Root = Hex(receipt.Receipt.Root),
                Previous = Hex(receipt.Receipt.Previous),
            }),
        };
    }

    private static void WriteHead(TextWriter to, BundleInspection bundle)
    {
        var head = bundle.Head;
        to.WriteLine();
        Line(
            to,
            "header",
            $"version 1, manifest {Count(head.Manifest.Length)} + table {Count(head.Table.Length)} + receipts {Count(head.Receipts.Length)} bytes, {head.SegmentCount} segments"
        );
        Line(to, "content id", Hex(bundle.Claimed.ContentId));
        Line(to, "signer", $"device {bundle.Claimed.Envelope.KidHex} ({Algorithm(bundle.Claimed.Envelope.Algorithm)})");
    }

    private static void WriteManifest(TextWriter to, Manifest manifest)
    {
        to.WriteLine("\nManifest");
        Line(to, "bundle", Hex(manifest.BundleId));
        Line(to, "meeting", Hex(manifest.Meeting));
        Line(to, "reporter", Hex(manifest.Reporter));
        Line(to, "challenge", Hex(manifest.Challenge));
        Line(
            to,
            "window",
            $"{Clock(manifest.WindowStart)} to {Clock(manifest.WindowEnd)} of the meeting ({Seconds(manifest.WindowEnd - manifest.WindowStart)})"
        );
        Line(to, "created", $"{Instant(manifest.Created)} by the device's own clock, not trusted");
        Line(to, "reason", $"{manifest.Reason}");
        Line(
            to,
            "counter",
            $"{Count(manifest.Counter)}, {(IsZeros(manifest.Previous) ? "first report of this device key" : $"after {Hex(manifest.Previous)}")}"
        );
        Line(to, "written by", Printable(manifest.Sdk));
        Line(to, "root", Hex(manifest.Root));
        Line(to, "certificate", OrNone(manifest.DeviceCertificate));
        Line(to, "key log", OrNone(manifest.KeyCheckpoint));
        to.WriteLine("\nRecipients (each holds one share of the content key)");
        foreach (var wrap in manifest.Recipients)
            Line(to, $"{wrap.Role} {Role(wrap.Role)}", $"{Name(wrap.Kem), -7} {Hex(wrap.Kid)}");
    }

    private static void WriteSegments(TextWriter to, IReadOnlyList<Descriptor> segments)
    {
        to.WriteLine("\nSegments");
        to.WriteLine(
            $"  {"#", 4}  {"KIND", -14} {"FROM", -8} {"STREAM", 6} {"START", 12} {"LENGTH", 9} {"BYTES", 11}  {"CONTENT", -24} {"RECEIPT", 7}  CAN REACH"
        );
        foreach (var segment in segments)
            to.WriteLine(
                $"  {segment.Index, 4}  {Kind(segment.Kind), -14} {Who(segment.Participant), -8} {segment.Stream, 6} {Clock(segment.T0), 12} {Seconds(segment.Duration), 9} {Count(segment.PlaintextLength), 11}  {Content(segment.Content), -24} {(segment.Receipt < 0 ? "-" : segment.Receipt.ToString(CultureInfo.InvariantCulture)), 7}  {BestGrade(segment)}"
            );
        to.WriteLine("  G0 = asserted by the reporting host; G1 = attested by the relay, once opened and checked.");
        var gaps = segments.Where(segment => segment.Kind == (uint)SegmentKind.Gap).ToArray();
        to.WriteLine(gaps.Length == 0 ? "\nGaps: none stated" : "\nGaps (the host states that it holds nothing here)");
        foreach (var gap in gaps)
            to.WriteLine(
                $"  {Clock(gap.T0)} to {Clock(gap.T0 + gap.Duration)} ({Seconds(gap.Duration)})  {(IsZeros(gap.Participant) && gap.Stream == 0 ? "the whole client" : $"{Who(gap.Participant)} stream {gap.Stream}")}: {Content(gap.Content)}"
            );
    }

    private static void WriteReceipts(TextWriter to, BundleInspection bundle)
    {
        to.WriteLine(bundle.Receipts.Count == 0 ? "\nRelay receipts: none" : "\nRelay receipts");
        for (var i = 0; i < bundle.Receipts.Count; i++)
        {
            var (receipt, kid) = (bundle.Receipts[i].Receipt, bundle.Receipts[i].RelayKid);
            to.WriteLine(
                $"  {i, 4}  window {receipt.Window}, {Clock(receipt.WindowStart)} to {Clock(receipt.WindowEnd)}, {Count(receipt.LeafCount)} streams, relay {Hex(kid)[..16]} ({Algorithm(bundle.Receipts[i].Algorithm)})"
            );
        }
    }

    private static void Line(TextWriter to, string name, string value) => to.WriteLine($"  {name, -13} {value}");

    // What a segment can be worth at best; only opening shows what it is (section 13).
    private static string BestGrade(Descriptor segment) =>
        (segment.Kind == (uint)SegmentKind.AttestedMedia ? AttributionGrade.G1 : AttributionGrade.G0).ToString();

    private static string Kind(uint kind) =>
        (SegmentKind)kind switch
        {
            SegmentKind.AttestedMedia => "attested media",
            SegmentKind.AssertedMedia => "asserted media",
            var other => other.ToString().ToLowerInvariant(),
        };

    private static string Content(uint content) =>
        content switch
        {
            1 => "VP9, mp4",
            2 => "AV1, mp4",
            3 => "H.264, mp4",
            4 => "Opus, mp4",
            5 => "VP8, webm",
            > 256 => $"{Content(content - 256)} (continued)",
            16 => "chat lines",
            17 => "roster lines",
            32 => "PNG",
            33 => "JPEG",
            48 => "text",
            64 => "evicted for space",
            65 => "never received",
            66 => "taken out by reporter",
            67 => "camera or microphone off",
            68 => "client suspended",
            _ => "other",
        };

    private static string Role(uint role) =>
        role switch
        {
            1 => "vault",
            2 => "custodian",
            _ => "reserved",
        };

    private static string Name(Kem kem) =>
        kem switch
        {
            Kem.X25519 => "X25519",
            Kem.P256 => "P-256",
            _ => "X-Wing",
        };

    private static string Algorithm(long algorithm) =>
        algorithm switch
        {
            (long)CoseAlgorithm.Ed25519 => "Ed25519",
            (long)CoseAlgorithm.Esp256 => "ESP256",
            _ => $"alg {algorithm}",
        };

    private static string Who(byte[] participant) => IsZeros(participant) ? "-" : Hex(participant)[..8];

    // The writer's own words may hold what moves a terminal's cursor.
    private static string Printable(string text) =>
        string.Concat(text.EnumerateRunes().Select(rune => Rune.IsControl(rune) ? "\ufffd" : rune.ToString()));

    private static string OrNone(byte[] hash) => IsZeros(hash) ? "none" : Hex(hash);

    private static bool IsZeros(ReadOnlySpan<byte> bytes) => !bytes.ContainsAnyExcept((byte)0);

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);

    private static string Count(ulong number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Count(int number) => Count((ulong)number);

    private static string Seconds(ulong ms) => string.Create(CultureInfo.InvariantCulture, $"{ms / 1000.0:F3} s");

    private static string Clock(ulong ms) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{ms / 3_600_000}:{ms / 60_000 % 60:00}:{ms / 1000 % 60:00}.{ms % 1000:000}"
        );

    private static string Instant(ulong ms) =>
        ms <= 253_402_300_799_999
            ? DateTimeOffset
                .FromUnixTimeMilliseconds((long)ms)
                .ToString("yyyy-MM-dd HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)
            : $"{ms} ms";
}

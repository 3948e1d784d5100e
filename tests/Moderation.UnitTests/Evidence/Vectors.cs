// Reads the shared vectors that every implementation of the format must reproduce.
using System.Text.Json;
using Moderation.Evidence;
using Moderation.Evidence.Opening;

namespace Moderation.UnitTests.Evidence;

internal static class Vectors
{
    public static byte[] Read(string path) => File.ReadAllBytes(Path.Combine(TestPaths.Vectors, path));

    public static JsonElement Json(string path) => JsonDocument.Parse(Read(path)).RootElement;

    public static JsonElement Index { get; } = Json("evb1/index.json");

    public static byte[] Hex(this JsonElement element, string name) =>
        Convert.FromHexString(element.GetProperty(name).GetString()!);

    public static string Text(this JsonElement element, string name) => element.GetProperty(name).GetString()!;

    public static byte[][] HexList(this JsonElement element, string name) =>
        [.. element.GetProperty(name).EnumerateArray().Select(item => Convert.FromHexString(item.GetString()!))];

    public static JsonElement Named(this JsonElement list, string name) =>
        list.EnumerateArray().Single(item => item.Text("name") == name);

    public static TheoryData<string> NamesOf(JsonElement list, Func<JsonElement, bool>? where = null) =>
        [.. list.EnumerateArray().Where(item => where?.Invoke(item) ?? true).Select(item => item.Text("name"))];

    public static AnnexAState State(string keys) => AnnexAState.Parse(Read("evb1/" + keys));

    public static KemKeyPair[] PrivateKeys(AnnexAState state) =>
        [
            .. state
                .Recipients.Where(recipient => recipient.PrivateKey is not null)
                .Select(recipient => KemKeyPair.Import(recipient.Kem, recipient.PrivateKey)),
        ];

    /// <summary>Everything the command line does with a file: A-F, then opening; the first refusal or the segments.</summary>
    public static async Task<(EvidenceRefusal? Refusal, VerifiedHead? Head, List<OpenedSegment> Segments)> RunAsync(
        byte[] file,
        AnnexAState state,
        bool open,
        CancellationToken ct
    )
    {
        var opened = new List<OpenedSegment>();
        if (!state.VerifyHead(file).Holds(out var head, out var refusal))
            return (refusal, null, opened);
        var position = head.Head.Bytes.Length;
        using var body = new MemoryStream(file[position..]);
        if (await SegmentVerifier.VerifyAllAsync(body, head.Structure.Descriptors, ct) is { } bad)
            return (bad, head, opened);
        if (!open)
            return (null, head, opened);
        var keys = PrivateKeys(state);
        if (!BundleOpener.OpenContentKey(head.Authentic, keys).Holds(out var cek, out refusal))
            return (refusal, head, opened);
        for (var i = 0; i < head.Structure.Descriptors.Count; i++)
        {
            var length = (int)head.Structure.Descriptors[i].CiphertextLength;
            var ciphertext = file.AsSpan(position, length);
            var segment = BundleOpener.OpenSegment(cek, head.Authentic, head.Structure, i, ciphertext);
            if (!segment.Holds(out var plain, out refusal))
                return (refusal, head, opened);
            opened.Add(plain);
            position += length;
        }
        return (null, head, opened);
    }
}

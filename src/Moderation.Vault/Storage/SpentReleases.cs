// How often each segment was released under each grant, and which requests were answered: a restart forgets neither.
using System.Globalization;

namespace Moderation.Vault.Storage;

internal sealed class SpentReleases
{
    private readonly SyncedLines releaseLines;
    private readonly SyncedLines requestLines;
    private readonly Dictionary<(string Grant, uint Index), int> releases = [];
    private readonly HashSet<string> requests = [];

    internal SpentReleases(string folder)
    {
        releaseLines = new(Path.Combine(folder, "releases.log"));
        requestLines = new(Path.Combine(folder, "requests.log"));
        foreach (var line in releaseLines.Lines)
        {
            var parts = line.Split(' ');
            foreach (var index in parts[1].Split(','))
                Add(parts[0], uint.Parse(index, CultureInfo.InvariantCulture));
        }
        requests.UnionWith(requestLines.Lines);
    }

    // By grant_id, not by a hash of the grant: an ECDSA signature can be changed into another valid one.
    internal int Of(ReadOnlySpan<byte> grantId, uint index) =>
        releases.GetValueOrDefault((Convert.ToHexStringLower(grantId), index));

    /// <summary>Counts one release of each segment; on disk when this returns.</summary>
    internal void Count(ReadOnlySpan<byte> grantId, IReadOnlyList<uint> indices)
    {
        var grant = Convert.ToHexStringLower(grantId);
        releaseLines.Append($"{grant} {string.Join(',', indices)}");
        foreach (var index in indices)
            Add(grant, index);
    }

    internal int AnsweredRequests => requests.Count;

    internal bool WasAnswered(ReadOnlySpan<byte> requestId) => requests.Contains(Convert.ToHexStringLower(requestId));

    /// <summary>Remembers a request; on disk when this returns.</summary>
    internal void Answer(ReadOnlySpan<byte> requestId)
    {
        var id = Convert.ToHexStringLower(requestId);
        requestLines.Append(id);
        requests.Add(id);
    }

    private void Add(string grant, uint index) =>
        releases[(grant, index)] = releases.GetValueOrDefault((grant, index)) + 1;
}

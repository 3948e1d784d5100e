// Who was in the meeting and who hosted it, for the roster segment of a report (kind 6).
using System.Text.Json;

namespace Moderation.Sdk;

/// <summary>One line of content 17 (evidence-bundle.md 6.3).</summary>
internal sealed record RosterLine(ulong T, string Participant, string Event, string? Name);

/// <summary>Bounded; what was before the window is kept only as far as it tells who was there when the window began.</summary>
internal sealed class Roster
{
    private const int Most = 4_096;
    private readonly Lock _gate = new();
    private readonly List<RosterLine> _lines = [];

    public void Add(ulong atMs, string participant, string what, string? name = null)
    {
        lock (_gate)
        {
            if (_lines.Count == Most)
                _lines.RemoveAt(0);
            _lines.Add(new RosterLine(atMs, participant, what, name));
        }
    }

    public void Clear()
    {
        lock (_gate)
            _lines.Clear();
    }

    /// <summary>NDJSON: who was there when the window began, with the moment it is known from, then what happened in it.</summary>
    public byte[] Between(ulong fromMs, ulong toMs)
    {
        RosterLine[] lines;
        lock (_gate)
            lines = [.. _lines.Where(line => line.T <= toMs).OrderBy(line => line.T)];
        Dictionary<string, RosterLine> present = [];
        RosterLine? host = null;
        foreach (var line in lines.Where(line => line.T < fromMs))
        {
            if (line.Event == "join")
                present[line.Participant] = line;
            else if (line.Event == "leave")
                present.Remove(line.Participant);
            else
                host = line;
        }
        using MemoryStream ndjson = new();
        foreach (
            var line in present
                .Values.Concat(host is null ? [] : [host])
                .OrderBy(line => line.T)
                .Concat(lines.Where(line => line.T >= fromMs))
        )
        {
            JsonSerializer.Serialize(ndjson, line, SdkJson.Default.RosterLine);
            ndjson.WriteByte((byte)'\n');
        }
        return ndjson.ToArray();
    }
}

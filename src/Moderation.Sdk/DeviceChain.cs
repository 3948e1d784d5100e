// Where this device's chain of reports stands, so that a copied key or a rewritten history is noticed (evidence-bundle.md 5.4).
using System.Text.Json;

namespace Moderation.Sdk;

/// <summary>Content id and counter of the last accepted manifest and of at most one in flight. Holds no secret.</summary>
public sealed class DeviceChain
{
    private static readonly string Zeros = new('0', 64);
    private readonly string? _file;
    private State _state = new(Zeros, 0, null, 0);

    private sealed record State(
        string LastContentId,
        long LastCounter,
        string? InFlightContentId,
        long InFlightCounter
    );

    private DeviceChain(string? file) => _file = file;

    /// <summary>A chain that lives as long as this process: for keys that do too.</summary>
    public static DeviceChain InMemory() => new(null);

    /// <summary>A chain kept in a file, written with a rename.</summary>
    public static DeviceChain FromFile(string file)
    {
        var chain = new DeviceChain(file);
        if (File.Exists(file))
            chain._state = JsonSerializer.Deserialize<State>(File.ReadAllText(file)) ?? chain._state;
        return chain;
    }

    /// <summary>True when the server's figures are the last accepted pair or the pair in flight; else nothing may be sent.</summary>
    internal bool Agrees(string contentId, long counter)
    {
        if (contentId == _state.LastContentId && counter == _state.LastCounter)
            return true;
        if (contentId != _state.InFlightContentId || counter != _state.InFlightCounter)
            return false;
        Accepted(contentId, counter);
        return true;
    }

    internal void Sending(string contentId, long counter) =>
        Save(_state with { InFlightContentId = contentId, InFlightCounter = counter });

    internal void Accepted(string contentId, long counter) => Save(new State(contentId, counter, null, 0));

    private void Save(State state)
    {
        _state = state;
        if (_file is null)
            return;
        var temporary = _file + ".new";
        File.WriteAllText(temporary, JsonSerializer.Serialize(state));
        File.Move(temporary, _file, overwrite: true);
    }
}

// A folder in the form of `data/risk` on this machine: reads it for snapshots, replaces one list at a time.
using Moderation.Domain.Risk;

namespace Moderation.Features.Risk.Feeds;

public sealed class RiskDataFolder(string path)
{
    public string Path { get; } = System.IO.Path.GetFullPath(path);

    public Stream? Open(string name)
    {
        var file = In(name);
        return File.Exists(file) ? File.OpenRead(file) : null;
    }

    public byte[]? Read(string name)
    {
        var file = In(name);
        return File.Exists(file) ? File.ReadAllBytes(file) : null;
    }

    /// <summary>A reader sees the old file or the new one, never a part.</summary>
    public void Write(string name, byte[] bytes)
    {
        var file = In(name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file + ".new", bytes);
        File.Move(file + ".new", file, overwrite: true);
    }

    public RiskSnapshot Snapshot(DateTimeOffset? frozenAt = null) =>
        RiskSnapshot.Load(Open, RiskParts.Mail | RiskParts.Addresses, frozenAt);

    private string In(string name) =>
        System.IO.Path.Combine(Path, name.Replace('/', System.IO.Path.DirectorySeparatorChar));
}

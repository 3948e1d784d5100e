// Reads the keys that the log signs its checkpoints with: one a line, the newest first, so that a rotation can overlap.
using Microsoft.Extensions.Configuration;
using Moderation.Evidence.Audit;

namespace Moderation.Features.Audit;

/// <summary>`Keys:Log` is a file of private note keys; empty means that no log is configured.</summary>
public sealed class LogKeys(IConfiguration configuration) : IDisposable
{
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private readonly Lazy<IReadOnlyList<NoteSigner>> _signers = new(() => Read(configuration["Keys:Log"]));

    /// <summary>Whether checkpoints are signed at all.</summary>
    public bool Configured => configuration["Keys:Log"] is { Length: > 0 };

    /// <summary>All of one name, which is the log's origin.</summary>
    public IReadOnlyList<NoteSigner> Signers => _signers.Value;
    public string Origin => Signers[0].PublicKey.Name;
    public IReadOnlyList<NoteKey> PublicKeys => [.. Signers.Select(signer => signer.PublicKey)];

    public void Dispose()
    {
        if (!_signers.IsValueCreated)
            return;
        foreach (var signer in _signers.Value)
            signer.Dispose();
    }

    /// <summary>Makes a log's key: the private file, and `log.pub` in the folder of public keys for everybody to pin.</summary>
    public static void MakeFiles(string privateFile, string publicFolder, string origin)
    {
        using var signer = NoteSigner.Generate(origin);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new StreamWriter(privateFile, options))
            file.WriteLine(signer.Export());
        File.WriteAllText(Path.Combine(publicFolder, "log.pub"), $"{signer.PublicKey}\n");
    }

    private static List<NoteSigner> Read(string? path)
    {
        if (path is null or "")
            throw new InvalidOperationException("Keys:Log is not set.");
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != 0)
            throw new InvalidDataException("The log's key must be readable by its owner alone (mode 0600).");
        var signers = File.ReadLines(path)
            .Where(line => line.Trim().Length > 0)
            .Select(line => NoteSigner.Parse(line) ?? throw new InvalidDataException("The log's key file is damaged."))
            .ToList();
        if (signers.Select(signer => signer.PublicKey.Name).Distinct().Count() != 1)
            throw new InvalidDataException("The log's key file needs keys, and all of one name.");
        return signers;
    }
}

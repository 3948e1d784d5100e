// A private key on disk: 32 raw bytes, mode 0600, owned by the user who reads it (evidence-bundle.md 18).
using Geralt;

namespace Moderation.Vault.Storage;

internal static class KeyFile
{
    internal const int Length = 32;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    internal delegate T Import<T>(ReadOnlySpan<byte> privateKey);

    /// <summary>Reads the key by way of guarded memory straight into the library that keeps it.</summary>
    /// <exception cref="InvalidDataException">Mode, owner or length is not what a key file must have.</exception>
    internal static T Read<T>(string path, Import<T> import)
    {
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        if (File.GetUnixFileMode(handle) != OwnerOnly)
            throw new InvalidDataException($"{path} must have mode 0600.");
        if (FileOwner.Of(path).User != Sockets.Hardening.OwnUser)
            throw new InvalidDataException($"{path} must be owned by the user who runs this process.");
        if (RandomAccess.GetLength(handle) != Length)
            throw new InvalidDataException($"{path} must hold {Length} bytes.");
        using var memory = new GuardedHeapAllocation(Length);
        var key = memory.AsSpan();
        if (RandomAccess.Read(handle, key, 0) != Length)
            throw new InvalidDataException($"{path} could not be read whole.");
        return import(key);
    }

    internal static void Write(string path, ReadOnlySpan<byte> privateKey)
    {
        var options = FolderSync.NewSecretFile;
        options.Mode = FileMode.CreateNew;
        using var file = new FileStream(path, options);
        file.Write(privateKey);
        file.Flush(flushToDisk: true);
    }
}

// A private key on disk: 32 raw bytes, mode 0600, owned by the user who reads it (evidence-bundle.md 18).
using System.Security.Cryptography;
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
        if (!IsOwn(path))
            throw new InvalidDataException($"{path} must be owned by the user who runs this process.");
        if (RandomAccess.GetLength(handle) != Length)
            throw new InvalidDataException($"{path} must hold {Length} bytes.");
        using var memory = new GuardedHeapAllocation(Length);
        var key = memory.AsSpan();
        if (RandomAccess.Read(handle, key, 0) != Length)
            throw new InvalidDataException($"{path} could not be read whole.");
        return import(key);
    }

    // root holds ceremonies over the folders of the two processes; a file in one must be its folder's owner's.
    private static bool IsOwn(string path)
    {
        var (owner, self) = (FileOwner.Of(path).User, Sockets.Hardening.OwnUser);
        return owner == self
            || (self == 0 && owner == FileOwner.Of(Path.GetDirectoryName(Path.GetFullPath(path))!).User);
    }

    /// <summary>Overwrites the file with random bytes and with zeros, each flushed to disk, then removes its name.</summary>
    internal static void Erase(string path)
    {
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.None))
        {
            var length = (int)file.Length;
            foreach (var bytes in (byte[][])[RandomNumberGenerator.GetBytes(length), new byte[length]])
            {
                file.Seek(0, SeekOrigin.Begin);
                file.Write(bytes);
                file.Flush(flushToDisk: true);
            }
        }
        File.Delete(path);
        FolderSync.Flush(Path.GetDirectoryName(Path.GetFullPath(path))!);
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

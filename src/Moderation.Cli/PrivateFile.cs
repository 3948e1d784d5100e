// Files with a private key: hex on one line, mode 0600, in a folder that only the owner may enter.
using System.Security.Cryptography;
using Moderation.CasePackage;

namespace Moderation.Cli;

public static class PrivateFile
{
    /// <summary>Writes a new file; one that is there is never overwritten.</summary>
    public static void Write(string path, string text)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!Directory.Exists(folder))
            DiskFlush.PrivateFolder(folder);
        if (File.Exists(path))
            throw new VerbException(ExitCode.Conflict, $"{path} is there already");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var writer = new StreamWriter(path, options);
        writer.Write(text);
    }

    /// <summary>Writes a file whole or not at all, in the place of one that may be there.</summary>
    public static void Replace(string path, ReadOnlySpan<byte> bytes)
    {
        var whole = Path.GetFullPath(path);
        var unfinished = $"{whole}.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}.part";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            using (var file = new FileStream(unfinished, options))
                file.Write(bytes);
            File.Move(unfinished, whole, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            File.Delete(unfinished);
            throw new VerbException(ExitCode.Failed, $"{path} cannot be written: {e.Message}")
            {
                Code = "cli.unwritable",
            };
        }
    }

    public static byte[] ReadHex(string path, int length)
    {
        if (!File.Exists(path))
            throw new VerbException(ExitCode.NotFound, $"{path} is missing");
        try
        {
            var bytes = Convert.FromHexString(File.ReadAllText(path).Trim());
            if (bytes.Length == length)
                return bytes;
        }
        catch (FormatException)
        {
            // The message below says what is wanted.
        }
        throw new VerbException(ExitCode.Usage, $"{path} must hold {length} bytes as hex");
    }
}

// The approval key of one login on this machine: made on first use, enrolled, and kept readable by its owner alone.
using System.Buffers.Text;
using System.Security.Cryptography;
using Moderation.Evidence;

namespace Moderation.Cli;

public static class ApprovalKeyFile
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>The key, once the server says that it is enrolled with the vault.</summary>
    public static async Task<CoseSigner> ReadAsync(ApiClient staff, string login, CancellationToken ct)
    {
        var key = ReadOrMake(PathOf(login));
        try
        {
            var body = new { cose_key = Base64Url.EncodeToString(key.PublicKey.Encode()) };
            var told = await staff.SendAsync(HttpMethod.Post, "/v1/me/approval-keys", body, ct);
            var kid = told.GetProperty("kid").GetString();
            if (told.GetProperty("state").GetString() != "enrolled")
            {
                Shared.Talk($"waiting for an administrator to enrol the approval key of '{login}' ...");
                await WaitAsync(staff, kid!, ct);
            }
            return key;
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    private static async Task WaitAsync(ApiClient staff, string kid, CancellationToken ct)
    {
        var waiting = System.Diagnostics.Stopwatch.StartNew();
        while (waiting.Elapsed < Patience)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, ct);
            var keys = await staff.GetAsync("/v1/me/approval-keys", ct);
            foreach (var key in keys.EnumerateArray())
                if (key.GetProperty("kid").GetString() == kid && key.GetProperty("state").GetString() == "enrolled")
                    return;
        }
        throw new VerbException(ExitCode.Refused, "the approval key is not enrolled yet; try again once it is");
    }

    private static CoseSigner ReadOrMake(string path)
    {
        if (!File.Exists(path))
        {
            using var made = CoseSigner.Generate();
            PrivateFile.Write(path, Convert.ToHexStringLower(made.ExportPrivateKey()) + "\n");
        }
        var seed = PrivateFile.ReadHex(path, 32);
        try
        {
            return CoseSigner.Import(CoseAlgorithm.Ed25519, seed);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }
    }

    private static string PathOf(string login)
    {
        if (login.Length == 0 || !login.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
            throw new VerbException(ExitCode.Usage, "a login has letters, digits, '-' and '_' only");
        var state = Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { Length: > 0 } set
            ? set
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state");
        return Path.Combine(state, "moderation", "keys", $"{login}.key");
    }
}

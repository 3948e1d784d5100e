// `moderation keys …`: the key ceremonies of the vault's host, and the offline check of a certificate of destruction.
using System.CommandLine;
using System.Diagnostics;
using Moderation.Evidence;
using Moderation.Evidence.Custody;

namespace Moderation.Cli.Verbs;

public static class KeyVerbs
{
    // Everything but the certificate is the vault program's: a ceremony never goes over the API (evidence-bundle.md 18).
    private static readonly (string Name, string Help)[] OnTheHost =
    [
        ("list", "State of every recipient key: current, previous, retired, destroyed; one JSON object a line."),
        (
            "rotate",
            "Make the next quarter's keys and sign a new list.\n\nExample: moderation keys rotate --role both --dry-run"
        ),
        (
            "retire",
            "Let intake refuse a key of an earlier list from now on.\n\nExample: moderation keys retire --kid KID"
        ),
        (
            "operator",
            "Register somebody who may order a destruction.\n\nExample: moderation keys operator --name olga --out /media/olga/op.key"
        ),
        (
            "order",
            "First operator: order the destruction of a retired key.\n\nExample: moderation keys order --kid KID --reason TEXT --operator /media/olga/op.key --out order"
        ),
        (
            "destroy",
            "Second operator: carry the order out; type the kid to confirm.\n\nExample: moderation keys destroy --order order --operator /media/pete/op.key --dry-run"
        ),
        (
            "backup",
            "Seal every private key under a passphrase, a file a key.\n\nExample: moderation keys backup --out /media/keys --passphrase-file FILE"
        ),
        (
            "verify-backup",
            "Prove that a backup opens; until then it does not count.\n\nExample: moderation keys verify-backup --from /media/keys --passphrase-file FILE"
        ),
        (
            "restore",
            "Put missing keys back; a destroyed one stays destroyed.\n\nExample: moderation keys restore --from /media/keys --dry-run"
        ),
    ];

    public static Command Make()
    {
        var keys = new Command("keys", "Evidence keys. Local: run it on the vault's host.");
        foreach (var (name, help) in OnTheHost)
        {
            var verb = new Command(name, help) { TreatUnmatchedTokensAsErrors = false };
            verb.SetAction((parsed, ct) => RunAsync(name, parsed.UnmatchedTokens, ct));
            keys.Add(verb);
        }
        keys.Add(MakeCertificateVerb());
        return keys;
    }

    private static Command MakeCertificateVerb()
    {
        var file = new Argument<string>("certificate") { Description = "the .cose file" };
        var key = new Option<string>("--key")
        {
            Description = "config.pub for a key, vault.pub for a bundle: hex of the COSE_Key in a file",
            Required = true,
        };
        var verb = new Command(
            "verify-certificate",
            "Check a certificate of destruction offline; exit 0 or 6.\n\nExample: moderation keys verify-certificate KID.cose --key config.pub"
        )
        {
            file,
            key,
        };
        verb.SetAction((parsed, _) => Task.FromResult(Verify(parsed.GetValue(file)!, parsed.GetValue(key)!)));
        return verb;
    }

    private static int Verify(string file, string keyFile)
    {
        foreach (var path in (string[])[file, keyFile])
            if (!File.Exists(path))
                throw new VerbException(ExitCode.NotFound, $"{path} is missing");
        if (DestructionCertificate.Verify(File.ReadAllBytes(file), ReadKey(keyFile)) is not { } certificate)
        {
            Shared.Data(new { Ok = false, Code = "certificate.invalid" });
            return ExitCode.VerificationFailed;
        }
        Shared.Data(
            new
            {
                Ok = true,
                Destroyed = certificate.Thing == DestroyedThing.RecipientKey ? "recipient_key" : "bundle",
                Subject = Convert.ToHexStringLower(certificate.Subject),
                certificate.Role,
                certificate.Kem,
                DestroyedAt = DateTimeOffset.FromUnixTimeMilliseconds((long)certificate.DestroyedMs),
                certificate.Reason,
                certificate.Actors,
                certificate.Method,
                AuditLeaf = Convert.ToHexStringLower(certificate.AuditLeaf),
                Bundles = certificate.Bundles.Select(Convert.ToHexStringLower),
            }
        );
        return ExitCode.Ok;
    }

    private static CoseKey ReadKey(string file)
    {
        try
        {
            return CoseKey.Parse(Convert.FromHexString(File.ReadAllText(file).Trim()))
                ?? throw new VerbException(ExitCode.Usage, $"{file} is no COSE_Key");
        }
        catch (FormatException)
        {
            throw new VerbException(ExitCode.Usage, $"{file} is not hexadecimal");
        }
    }

    private static async Task<int> RunAsync(string verb, IReadOnlyList<string> rest, CancellationToken ct)
    {
        var program = Environment.GetEnvironmentVariable("MODERATION_VAULT_PROGRAM") is { Length: > 0 } named
            ? named
            : throw new VerbException(ExitCode.Usage, "set MODERATION_VAULT_PROGRAM to Moderation.Vault.dll");
        List<string> words = [program, "keys", verb, .. rest];
        if (!rest.Contains("--dir"))
            words.AddRange(["--dir", Path.Combine(DataFolder(), "keys")]);
        // The terminal is the child's: it asks for the kid there, and the passphrase comes by file or environment.
        using var process = Process.Start(new ProcessStartInfo("dotnet", words))!;
        await process.WaitForExitAsync(ct);
        return process.ExitCode switch
        {
            0 => ExitCode.Ok,
            2 => ExitCode.Refused,
            _ => ExitCode.Failed,
        };
    }

    private static string DataFolder() =>
        ServerAddress.Find().Data
        ?? throw new VerbException(ExitCode.Usage, "name the installation: --dir DIR, or set MODERATION_DATA");
}

// `moderation export verify`: checks a case package on this machine, without a server.
using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Moderation.CasePackage;
using Moderation.Evidence;
using Moderation.Evidence.Opening;

namespace Moderation.Cli.Verbs;

public static class ExportVerifyVerb
{
    public static Command Make()
    {
        var path = new Argument<string>("package") { Description = "the .tar, or the unpacked folder" };
        var ca = new Option<string>("--ca")
        {
            Description = "PEM of the operator's package authority",
            Required = true,
        };
        var vaultKey = new Option<string?>("--vault-key")
        {
            Description = "public key of the operator's vault: hex of the COSE_Key in a file",
        };
        var key = new Option<string?>("--key")
        {
            Description = "the authority's X25519 private key as hex in a file; opens the segments, needs --vault-key",
        };
        var verify = new Command(
            "verify",
            "Check a case package offline: every rule, one line each; exit 0 or 6.\n\nExample: moderation export verify X.tar --ca package-ca.pem --vault-key vault.pub --key agency.key"
        )
        {
            path,
            ca,
            vaultKey,
            key,
        };
        verify.SetAction(
            (parsed, _) =>
                Task.FromResult(
                    Run(
                        parsed.GetValue(path)!,
                        parsed.GetValue(ca)!,
                        parsed.GetValue(vaultKey),
                        parsed.GetValue(key),
                        parsed.WantsJson()
                    )
                )
        );
        return verify;
    }

    public static int Run(string path, string ca, string? vaultKey, string? key, bool json)
    {
        if (key is not null && vaultKey is null)
            throw new VerbException(ExitCode.Usage, "--key needs --vault-key");
        if (!File.Exists(path) && !Directory.Exists(path))
            throw new VerbException(ExitCode.NotFound, $"{path} is missing");
        var anchors = ReadAnchors(ca);
        var vault = vaultKey is null ? null : ReadVaultKey(vaultKey);
        using var recipient = key is null ? null : ReadRecipient(key);
        var checks = Check(path, anchors, vault, recipient);
        foreach (var check in checks)
            Console.Out.WriteLine(LineOf(check));
        var holds = PackageVerifier.Holds(checks);
        if (json)
            Shared.Data(
                new
                {
                    result = holds ? "verified_without_timestamp" : "not_verified",
                    checks = checks.Select(c => new
                    {
                        name = c.Name,
                        result = c.Result.ToString().ToLowerInvariant(),
                        why = c.Why,
                    }),
                }
            );
        else
            Console.Out.WriteLine(holds ? "RESULT: VERIFIED WITHOUT TIMESTAMP" : "RESULT: NOT VERIFIED");
        return holds ? ExitCode.Ok : ExitCode.VerificationFailed;
    }

    private static List<PackageCheck> Check(
        string path,
        X509Certificate2Collection anchors,
        CoseKey? vault,
        KemKeyPair? recipient
    )
    {
        if (Directory.Exists(path))
            return CheckFolder(path, anchors, vault, recipient);
        var own = Directory.CreateTempSubdirectory("moderation-verify-");
        try
        {
            var (folder, problem) = BagArchive.Unpack(path, own.FullName);
            return folder is null
                ? [new PackageCheck("archive", CheckResult.Fail, problem)]
                : [new PackageCheck("archive", CheckResult.Ok), .. CheckFolder(folder, anchors, vault, recipient)];
        }
        finally
        {
            own.Delete(recursive: true);
        }
    }

    private static List<PackageCheck> CheckFolder(
        string folder,
        X509Certificate2Collection anchors,
        CoseKey? vault,
        KemKeyPair? recipient
    )
    {
        List<PackageCheck> checks = [.. PackageVerifier.Verify(folder, anchors, vault)];
        // What is not what it says it is, is not opened.
        if (vault is not null && PackageVerifier.Holds(checks))
            checks.AddRange(
                recipient is null ? PackageOpening.TellUnopened(folder) : PackageOpening.Open(folder, vault, recipient)
            );
        checks.Add(new PackageCheck("timestamp", CheckResult.Warn, "this package has none"));
        return checks;
    }

    private static string LineOf(PackageCheck check) =>
        check.Result switch
        {
            CheckResult.Ok => $"ok:   {check.Name}",
            CheckResult.Fail => $"FAIL: {check.Name}: {check.Why}",
            _ => $"warn: {check.Name}: {check.Why}",
        };

    private static X509Certificate2Collection ReadAnchors(string file)
    {
        if (!File.Exists(file))
            throw new VerbException(ExitCode.NotFound, $"{file} is missing");
        var anchors = new X509Certificate2Collection();
        try
        {
            anchors.ImportFromPemFile(file);
        }
        catch (CryptographicException)
        {
            throw new VerbException(ExitCode.Usage, $"{file} is no PEM certificate");
        }
        return anchors.Count > 0 ? anchors : throw new VerbException(ExitCode.Usage, $"{file} holds no certificate");
    }

    private static CoseKey ReadVaultKey(string file)
    {
        try
        {
            return CoseKey.Parse(Convert.FromHexString(File.ReadAllText(file).Trim()))
                ?? throw new VerbException(ExitCode.Usage, $"{file} is no COSE_Key");
        }
        catch (FormatException)
        {
            throw new VerbException(ExitCode.Usage, $"{file} is no hex");
        }
        catch (IOException)
        {
            throw new VerbException(ExitCode.NotFound, $"{file} is missing");
        }
    }

    private static KemKeyPair ReadRecipient(string file)
    {
        var bytes = PrivateFile.ReadHex(file, 32);
        try
        {
            return KemKeyPair.Import(Kem.X25519, bytes);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }
}

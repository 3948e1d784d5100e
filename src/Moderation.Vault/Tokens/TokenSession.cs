// One logged-in session with a PKCS#11 token: makes, finds, uses and destroys P-256 keys (evidence-bundle.md 18).
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Moderation.Evidence;
using Net.Pkcs11Interop.Common;
using Net.Pkcs11Interop.HighLevelAPI;

namespace Moderation.Vault.Tokens;

internal sealed class TokenSession : IDisposable
{
    internal const string PinVariable = "MODERATION_CUSTODIAN_PIN";
    private const int PointLength = 65;

    // OBJECT IDENTIFIER 1.2.840.10045.3.1.7, secp256r1.
    private static readonly byte[] P256 = [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];
    private static readonly Pkcs11InteropFactories Factories = new();
    private readonly ISession session;

    static TokenSession() =>
        // Pkcs11Interop loads `libdl`; Debian has only `libdl.so.2` (evidence-bundle.md 24).
        NativeLibrary.SetDllImportResolver(typeof(Pkcs11InteropFactories).Assembly, Resolve);

    private TokenSession(ISession session) => this.session = session;

    /// <param name="module">Path of the library.</param>
    /// <param name="token">Label of the token.</param>
    /// <param name="pin">The user PIN.</param>
    /// <exception cref="InvalidDataException">No such token, or it refuses the PIN.</exception>
    internal static TokenSession Open(string module, string token, string pin)
    {
        var library = Factories.Pkcs11LibraryFactory.LoadPkcs11Library(Factories, module, AppType.MultiThreaded);
        try
        {
            var slot =
                library.GetSlotList(SlotsType.WithTokenPresent).Find(slot => slot.GetTokenInfo().Label.Trim() == token)
                ?? throw new InvalidDataException($"No token '{token}' in {module}.");
            var session = slot.OpenSession(SessionType.ReadWrite);
            LogIn(session, pin);
            return new TokenSession(session);
        }
        catch (Pkcs11Exception fault)
        {
            throw new InvalidDataException($"The token '{token}' refused: {fault.RV}.", fault);
        }
    }

    /// <summary>The PIN from a file, else from the environment; never from an argument.</summary>
    internal static string ReadPin(string? file) =>
        file is not null ? File.ReadAllText(file).TrimEnd('\n', '\r')
        : Environment.GetEnvironmentVariable(PinVariable) is { Length: > 0 } pin ? pin
        : throw new InvalidDataException(
            $"The token needs its PIN: --pin-file FILE, or {PinVariable} in the environment."
        );

    /// <summary>Makes a P-256 key pair, sensitive and never extractable, with its kid as its id.</summary>
    /// <returns>The 65-byte public key.</returns>
    internal byte[] Generate()
    {
        var named = RandomNumberGenerator.GetBytes(16);
        using var mechanism = Factories.MechanismFactory.Create(CKM.CKM_EC_KEY_PAIR_GEN);
        session.GenerateKeyPair(
            mechanism,
            [
                Of(CKA.CKA_CLASS, CKO.CKO_PUBLIC_KEY),
                Of(CKA.CKA_TOKEN, true),
                Of(CKA.CKA_EC_PARAMS, P256),
                Of(CKA.CKA_ID, named),
                Of(CKA.CKA_LABEL, "moderation custodian"),
            ],
            [
                Of(CKA.CKA_CLASS, CKO.CKO_PRIVATE_KEY),
                Of(CKA.CKA_TOKEN, true),
                Of(CKA.CKA_PRIVATE, true),
                Of(CKA.CKA_SENSITIVE, true),
                Of(CKA.CKA_EXTRACTABLE, false),
                Of(CKA.CKA_DERIVE, true),
                Of(CKA.CKA_SIGN, false),
                Of(CKA.CKA_ID, named),
                Of(CKA.CKA_LABEL, "moderation custodian"),
            ],
            out var publicHandle,
            out var privateHandle
        );
        var encoded = session.GetAttributeValue(publicHandle, [CKA.CKA_EC_POINT])[0].GetValueAsByteArray();
        // DER OCTET STRING around the point; some tokens give the point as it is.
        var point = encoded.Length == PointLength + 2 && encoded[0] == 0x04 ? encoded[2..] : encoded;
        if (point.Length != PointLength || point[0] != 0x04)
            throw new InvalidDataException("The token gave no uncompressed P-256 point.");
        var id = Of(CKA.CKA_ID, Hpke.KidOf(point));
        session.SetAttributeValue(publicHandle, [id]);
        session.SetAttributeValue(privateHandle, [id]);
        return point;
    }

    /// <summary>The private key with this id. It must be one that never leaves the token.</summary>
    internal IObjectHandle Find(byte[] id)
    {
        var found = FindAll(CKO.CKO_PRIVATE_KEY, id);
        if (found.Count != 1)
            throw new InvalidDataException(
                $"The token holds {found.Count} private keys {Convert.ToHexStringLower(id)}."
            );
        var guarded = session.GetAttributeValue(
            found[0],
            [CKA.CKA_SENSITIVE, CKA.CKA_EXTRACTABLE, CKA.CKA_NEVER_EXTRACTABLE]
        );
        return guarded[0].GetValueAsBool() && !guarded[1].GetValueAsBool() && guarded[2].GetValueAsBool()
            ? found[0]
            : throw new InvalidDataException("The token's key is not sensitive and never extractable.");
    }

    /// <summary>The raw agreement with a 65-byte enc, 32 bytes that the caller zeroes; null when the token refuses the point.</summary>
    internal byte[]? Agree(IObjectHandle key, byte[] enc)
    {
        using var parameters = Factories.MechanismParamsFactory.CreateCkEcdh1DeriveParams(
            ConvertUtils.UInt64FromCKD(CKD.CKD_NULL),
            null,
            enc
        );
        using var mechanism = Factories.MechanismFactory.Create(CKM.CKM_ECDH1_DERIVE, parameters);
        IObjectHandle secret;
        try
        {
            secret = session.DeriveKey(
                mechanism,
                key,
                [
                    Of(CKA.CKA_CLASS, CKO.CKO_SECRET_KEY),
                    Of(CKA.CKA_KEY_TYPE, CKK.CKK_GENERIC_SECRET),
                    Of(CKA.CKA_VALUE_LEN, 32UL),
                    Of(CKA.CKA_TOKEN, false),
                    Of(CKA.CKA_SENSITIVE, false),
                    Of(CKA.CKA_EXTRACTABLE, true),
                ]
            );
        }
        catch (Pkcs11Exception)
        {
            return null;
        }
        try
        {
            return session.GetAttributeValue(secret, [CKA.CKA_VALUE])[0].GetValueAsByteArray();
        }
        finally
        {
            session.DestroyObject(secret);
        }
    }

    /// <summary>Destroys both halves; the private one cannot come back.</summary>
    internal void Destroy(byte[] id)
    {
        foreach (var handle in FindAll(CKO.CKO_PRIVATE_KEY, id).Concat(FindAll(CKO.CKO_PUBLIC_KEY, id)))
            session.DestroyObject(handle);
    }

    // The library stays: to end it would end the sessions of this process's other keys too.
    public void Dispose() => session.Dispose();

    private static void LogIn(ISession session, string pin)
    {
        try
        {
            session.Login(CKU.CKU_USER, pin);
        }
        catch (Pkcs11Exception fault) when (fault.RV == CKR.CKR_USER_ALREADY_LOGGED_IN)
        {
            // By this process, for another key of the same token.
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private List<IObjectHandle> FindAll(CKO kind, byte[] id) =>
        session.FindAllObjects([Of(CKA.CKA_CLASS, kind), Of(CKA.CKA_ID, id)]);

    private static IObjectAttribute Of(CKA name, CKO value) => Factories.ObjectAttributeFactory.Create(name, value);

    private static IObjectAttribute Of(CKA name, CKK value) => Factories.ObjectAttributeFactory.Create(name, value);

    private static IObjectAttribute Of(CKA name, bool value) => Factories.ObjectAttributeFactory.Create(name, value);

    private static IObjectAttribute Of(CKA name, ulong value) => Factories.ObjectAttributeFactory.Create(name, value);

    private static IObjectAttribute Of(CKA name, byte[] value) => Factories.ObjectAttributeFactory.Create(name, value);

    private static IObjectAttribute Of(CKA name, string value) => Factories.ObjectAttributeFactory.Create(name, value);

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) =>
        name == "libdl" && NativeLibrary.TryLoad("libdl.so.2", out var library) ? library : 0;
}

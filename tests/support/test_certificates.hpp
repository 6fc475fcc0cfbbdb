// test_certificates: a certificate authority of its own for a test, made in memory.
#pragma once

#include <cstdlib>
#include <memory>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string>

namespace support {

struct issued_certificate {
    std::string certificate_pem, key_pem;
};

class test_authority {
public:
    test_authority() : key_(new_key()), certificate_(X509_new())
    {
        static int number = 0; // two authorities of one name would be taken for each other
        const std::string name = "darkroom test CA " + std::to_string(++number);
        fill(certificate_.get(), name.c_str(), -1, 1, key_.get());
        X509_set_issuer_name(certificate_.get(), X509_get_subject_name(certificate_.get()));
        extend(certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
        extend(certificate_.get(), NID_key_usage, "critical,keyCertSign");
        must(X509_sign(certificate_.get(), key_.get(), EVP_sha256()) > 0);
    }

    [[nodiscard]] std::string pem() const { return pem_of(certificate_.get()); }

    // For `names` like "DNS:localhost,IP:127.0.0.1", valid between the given days from now.
    [[nodiscard]] issued_certificate issue(const std::string& names, int from_day = -1,
                                           int until_day = 1) const
    {
        const auto key = new_key();
        const certificate leaf(X509_new());
        fill(leaf.get(), "darkroom test server", from_day, until_day, key.get());
        X509_set_issuer_name(leaf.get(), X509_get_subject_name(certificate_.get()));
        extend(leaf.get(), NID_subject_alt_name, names.c_str());
        must(X509_sign(leaf.get(), key_.get(), EVP_sha256()) > 0);
        return {pem_of(leaf.get()), pem_of(key.get())};
    }

private:
    struct free_certificate {
        void operator()(X509* object) const { X509_free(object); }
    };
    struct free_key {
        void operator()(EVP_PKEY* object) const { EVP_PKEY_free(object); }
    };
    using certificate = std::unique_ptr<X509, free_certificate>;
    using key = std::unique_ptr<EVP_PKEY, free_key>;

    static void must(bool worked)
    {
        if (!worked)
            std::abort();
    }

    static key new_key() { return key(EVP_EC_gen("P-256")); }

    static void fill(X509* object, const char* name, int from_day, int until_day, EVP_PKEY* owner)
    {
        static long serial = 1;
        constexpr long day = 24 * 60 * 60;
        must(X509_set_version(object, 2) == 1);
        ASN1_INTEGER_set(X509_get_serialNumber(object), serial++);
        X509_gmtime_adj(X509_getm_notBefore(object), from_day * day);
        X509_gmtime_adj(X509_getm_notAfter(object), until_day * day);
        must(X509_set_pubkey(object, owner) == 1);
        must(X509_NAME_add_entry_by_txt(X509_get_subject_name(object), "CN", MBSTRING_ASC,
                                        reinterpret_cast<const unsigned char*>(name), -1, -1,
                                        0) == 1);
    }

    static void extend(X509* object, int nid, const char* value)
    {
        X509V3_CTX context;
        X509V3_set_ctx(&context, object, object, nullptr, nullptr, 0);
        X509_EXTENSION* made = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
        must(made != nullptr && X509_add_ext(object, made, -1) == 1);
        X509_EXTENSION_free(made);
    }

    static std::string text_of(BIO* memory)
    {
        char* bytes = nullptr;
        const long count = BIO_get_mem_data(memory, &bytes);
        std::string text(bytes, static_cast<std::size_t>(count));
        BIO_free(memory);
        return text;
    }
    static std::string pem_of(X509* object)
    {
        BIO* memory = BIO_new(BIO_s_mem());
        must(PEM_write_bio_X509(memory, object) == 1);
        return text_of(memory);
    }
    static std::string pem_of(EVP_PKEY* object)
    {
        BIO* memory = BIO_new(BIO_s_mem());
        must(PEM_write_bio_PrivateKey(memory, object, nullptr, nullptr, 0, nullptr, nullptr) == 1);
        return text_of(memory);
    }

    key key_;
    certificate certificate_;
};

} // namespace support

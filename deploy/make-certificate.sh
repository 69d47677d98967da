#!/bin/sh
# 为试用生成自签名证书；正式使用请换成受信任的证书（文件名相同）。
# A self-signed certificate for a trial; for real use put a trusted one in its place, under the same names.
#   deploy/make-certificate.sh projects.example.gov.cn [目录 / directory]
set -eu

host=${1:?用法 / usage: deploy/make-certificate.sh 域名/HOST [目录/DIRECTORY]}
directory=${2:-var/certificates}
key=$directory/site.key certificate=$directory/site.crt

if [ -e "$key" ] || [ -e "$certificate" ]; then
  echo "$directory 中已有证书，未作改动 / $directory already holds a certificate; nothing was changed" >&2
  exit 1
fi
case $host in
  *[!0-9.]*) name=DNS:$host ;;
  *) name=IP:$host ;;
esac

mkdir -p "$directory"
umask 077
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 \
  -subj "/CN=$host" -addext "subjectAltName=$name" -keyout "$key" -out "$certificate" 2>/dev/null
chmod 644 "$certificate"
echo "$certificate $key"
